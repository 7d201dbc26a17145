/**
 * <rest-form action="/api/v1/projects/3/" method="PATCH" version="7" saved="Project saved">: a server-rendered form that writes JSON.
 *
 * Sends only what changed (PATCH) with If-Match; shows RFC 9457 errors in a summary and beside their fields; on 412 shows both
 * versions and keeps what was typed; offers undo of a saved change; warns before unsaved input is lost.
 * A POST carries an Idempotency-Key, the same when it is tried again. A button with `data-preview` asks what saving would move.
 * A field with `data-why` says why one change is made: it is emptied after each, and an undo says itself why it is made.
 * A submit button with a name sends its value too. A button with `data-keep-in` keeps what was typed as a change of the scenario
 * that is chosen beside it, instead of saving it. `leads-on` opens the page of what was made. `dated` names the field with the
 * day from which on what was made counts, and `as-of` is the day that figures speak of. Numbers may be typed as the page shows them: "1,250.50" is sent as
 * 1250.50. A name such as `risks.12` is sent as a member of an object, one such as `ids[]` as a list of the boxes that are ticked.
 */
import { typed } from "../shared/numbers";
import { announce, csrfToken, toast, words, written } from "../shared/page";
import { type Preview, effects } from "../shared/preview";

type Value = string | boolean | string[] | null;
type Nested = Record<string, Value | Record<string, Value>>;
type Values = Record<string, Value>;
interface Problem {
  title?: string;
  detail?: string;
  request_id?: string;
  errors?: { pointer?: string; detail?: string; code?: string }[];
  current?: Record<string, unknown>;
}
type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function element<K extends keyof HTMLElementTagNameMap>(name: K, properties: Record<string, string>, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** `risks.12` is the member 12 of the object risks. */
function nested(values: Values): Nested {
  const found: Nested = {};
  for (const [name, value] of Object.entries(values)) {
    const [outer = name, inner] = name.split(".");
    if (inner === undefined) found[outer] = value;
    else found[outer] = { ...(found[outer] as Record<string, Value> | undefined), [inner]: value };
  }
  return found;
}

function same(a: Value | undefined, b: Value | undefined): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** Whether a field holds what the server says, in whatever form either writes a number or nothing. */
function alike(saved: unknown, held: Value | undefined): boolean {
  const [one, other] = [saved ?? "", held ?? ""].map(String) as [string, string];
  return one === other || (one !== "" && other !== "" && Number(one) === Number(other));
}

const UNDONE = "Undone right after it was saved.";

class RestForm extends HTMLElement {
  private initial: Values = {};
  private sending = false;
  private attempt = { body: "", key: "" };

  connectedCallback(): void {
    this.initial = this.values();
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = (event as SubmitEvent).submitter;
      const pressed = button instanceof HTMLButtonElement && button.name ? { [button.name]: button.value } : {};
      void this.send({ ...this.changes(), ...pressed });
    });
    this.addEventListener("click", (event) => {
      if (!(event.target instanceof Element)) return;
      if (event.target.closest("[data-preview]")) void this.send(this.changes(), { preview: true });
      if (event.target.closest("[data-keep-in]")) void this.keepIn();
    });
    this.addEventListener("input", () => this.mark());
    this.addEventListener("change", () => this.mark());
    this.addEventListener("reset", () => window.setTimeout(() => this.settle()));
    addEventListener("beforeunload", this.guard);
    document.addEventListener("pm:refreshed", this.adopt);
  }

  disconnectedCallback(): void {
    removeEventListener("beforeunload", this.guard);
    document.removeEventListener("pm:refreshed", this.adopt);
  }

  private get form(): HTMLFormElement {
    return this.querySelector("form") as HTMLFormElement;
  }
  private get method(): string {
    return (this.getAttribute("method") ?? "POST").toUpperCase();
  }

  /** Whether it changes a record that stays: then there is something to undo, or to compare with. */
  private get edits(): boolean {
    return this.method === "PATCH" || this.method === "PUT";
  }

  private readonly guard = (event: BeforeUnloadEvent) => {
    if (this.hasAttribute("data-unsaved")) event.preventDefault();
  };

  /** The live region brought newer saved values and nothing was being typed: they are where we start from. */
  private readonly adopt = () => {
    if (!this.hasAttribute("data-unsaved")) this.initial = this.values();
  };

  private fields(): Field[] {
    return [...this.form.elements].filter((field): field is Field => field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement).filter((field) => field.name && !field.disabled);
  }

  private values(): Values {
    const values: Values = {};
    for (const field of this.fields()) {
      if (field instanceof HTMLInputElement && field.type === "checkbox" && field.name.endsWith("[]")) {
        // Boxes of one name are a list of those that are ticked.
        const name = field.name.slice(0, -2);
        const ticked = (values[name] ?? []) as string[];
        values[name] = field.checked ? [...ticked, field.value] : ticked;
      } else if (field instanceof HTMLInputElement && field.type === "checkbox") values[field.name] = field.checked;
      else if (field instanceof HTMLInputElement && field.type === "radio") {
        if (field.checked) values[field.name] = field.value;
      } else if (field instanceof HTMLSelectElement && field.multiple) values[field.name] = [...field.selectedOptions].map((option) => option.value);
      else values[field.name] = field.value.trim() === "" && field.dataset["empty"] !== "text" ? null : sent(field);
    }
    return values;
  }

  private changes(): Values {
    const now = this.values();
    if (this.method !== "PATCH") return Object.fromEntries(Object.entries(now).filter(([, value]) => value !== null));
    return Object.fromEntries(Object.entries(now).filter(([name, value]) => !same(value, this.initial[name])));
  }

  private mark(): void {
    const now = this.values();
    const dirty = Object.keys(now).some((name) => !same(now[name], this.initial[name]));
    this.toggleAttribute("data-unsaved", dirty);
  }

  private settle(): void {
    this.initial = this.values();
    this.removeAttribute("data-unsaved");
    this.clear();
  }

  private clear(): void {
    this.querySelectorAll(".error-summary, .preview, .field .error").forEach((node) => node.remove());
    for (const field of this.fields()) {
      field.removeAttribute("aria-invalid");
      const described = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && !id.endsWith("-error"));
      if (described.length) field.setAttribute("aria-describedby", described.join(" "));
      else field.removeAttribute("aria-describedby");
    }
  }

  /** One key for one body until the server has answered: what is sent again after a lost answer is not done twice. */
  private key(body: string): string {
    if (this.attempt.body !== body) {
      const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      this.attempt = { body, key };
    }
    return this.attempt.key;
  }

  private async send(body: Values, { undoing = false, preview = false } = {}): Promise<void> {
    if (this.sending) return;
    this.clear();
    if (this.method === "PATCH" && Object.keys(body).length === 0) {
      toast("Nothing has changed, so there is nothing to " + (preview ? "preview." : "save."));
      return;
    }
    const headers: Record<string, string> = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() };
    const version = this.getAttribute("version");
    if (version) headers["If-Match"] = `"v${version}"`;
    const text = JSON.stringify(nested(body));
    if (this.method === "POST" && !preview) headers["Idempotency-Key"] = this.key(text);
    const submit = this.querySelector<HTMLButtonElement>("button[type=submit]");
    this.sending = true;
    submit?.setAttribute("aria-disabled", "true");
    let answer: Response;
    try {
      answer = await fetch(`${this.getAttribute("action") ?? ""}${preview ? "?preview=1" : ""}`, { method: this.method, headers, body: text, credentials: "same-origin" });
    } catch {
      this.summary("The server could not be reached. What you typed is still here: try again.", []);
      return;
    } finally {
      this.sending = false;
      submit?.removeAttribute("aria-disabled");
    }
    const content = (answer.headers.get("Content-Type") ?? "").includes("json") ? ((await answer.json()) as Record<string, unknown>) : {};
    if (answer.status < 500) this.attempt = { body: "", key: "" };
    if (answer.ok && preview) this.foreseen(content as unknown as Preview);
    else if (answer.ok) this.saved(body, content, answer.headers.get("ETag"), undoing);
    else if (answer.status === 412 && this.edits) this.conflict(body, content as Problem, answer.headers.get("ETag"));
    else this.refused(answer.status, content as Problem);
  }

  private saved(sent: Values, content: Record<string, unknown>, etag: string | null, undoing: boolean): void {
    const version = content["version"] ?? etag?.match(/\d+/)?.[0];
    if (version !== undefined && this.hasAttribute("version")) this.setAttribute("version", String(version));
    if (!this.edits) {
      this.form.reset();
    } else {
      const back = this.back(sent, content);
      if (undoing) this.fill(sent);
      for (const field of this.whys()) field.value = "";
      this.settle();
      toast(undoing ? "Undone." : (this.getAttribute("saved") ?? "Saved."), undoing ? undefined : { label: "Undo", run: () => void this.send(back, { undoing: true }) });
      written();
      return;
    }
    this.settle();
    const next = content["html_url"];
    if (this.hasAttribute("leads-on") && typeof next === "string") {
      location.assign(next);
      return;
    }
    toast(this.later(sent) ?? this.getAttribute("saved") ?? "Saved.");
    written();
  }

  /** What takes a saved change back: the values from before of all that was sent, and of what the server set along with it. */
  private back(sent: Values, saved: Record<string, unknown>): Values {
    const whys = this.whys().map((field) => field.name);
    const moved = Object.keys(this.initial).filter((name) => name in sent || (name in saved && !alike(saved[name], this.initial[name])));
    const before = moved.filter((name) => !whys.includes(name)).map((name) => [name, this.initial[name] ?? null]);
    return Object.fromEntries([...before, ...whys.map((name) => [name, UNDONE])]) as Values;
  }

  private whys(): Field[] {
    return this.fields().filter((field) => field.dataset["why"] !== undefined);
  }

  /** What is dated after the day the figures speak of counts from its own day on, and does not move them now. */
  private later(sent: Values): string | null {
    const [on, asOf] = [sent[this.getAttribute("dated") ?? ""], this.getAttribute("as-of")];
    if (typeof on !== "string" || !asOf || on <= asOf) return null;
    return `Saved. It counts from ${words(on)} on: the figures speak of ${words(asOf)}.`;
  }

  private async keepIn(): Promise<void> {
    const scenario = this.querySelector<HTMLSelectElement>("select[data-scenario]");
    const body = this.changes();
    if (!scenario || this.sending) return;
    this.clear();
    if (Object.keys(body).length === 0) {
      toast("Nothing has changed, so there is nothing to keep.");
      return;
    }
    const named = this.fields().flatMap((field) => (field.name in body ? [`${this.label(field).toLowerCase()} ${String(body[field.name] ?? "not set")}`] : []));
    const change = {
      scenario: Number(scenario.value),
      title: `${this.getAttribute("subject") ?? ""}: ${named.join(", ")}`.slice(0, 200),
      method: this.method,
      path: (this.getAttribute("action") ?? "").replace("/api/v1/", ""),
      body,
      seen_version: Number(this.getAttribute("version")),
    };
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() };
    const answer = await fetch("/api/v1/scenario-changes/", { method: "POST", headers, body: JSON.stringify(change), credentials: "same-origin" }).catch(() => null);
    if (answer?.ok) {
      this.form.reset();
      this.settle();
      toast(`Kept in ${scenario.selectedOptions[0]?.textContent ?? "the scenario"}. Nothing was saved here.`);
      written();
    } else if (answer) this.refused(answer.status, (await answer.json()) as Problem);
    else this.summary("The server could not be reached. What you typed is still here: try again.", []);
  }

  private foreseen(preview: Preview): void {
    const box = effects(preview);
    this.form.after(box);
    box.focus();
  }

  private fill(values: Values): void {
    for (const field of this.fields()) {
      if (!(field.name in values)) continue;
      const value = values[field.name];
      if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = value === true;
      else field.value = typeof value === "string" ? value : "";
    }
  }

  private refused(status: number, problem: Problem): void {
    const errors = problem.errors ?? [];
    const loose: string[] = [];
    const links: { id: string; text: string }[] = [];
    for (const error of errors) {
      const path = (error.pointer ?? "").replace(/^#?\//, "").split("/");
      const name = path[0] ?? "";
      const names = [path.slice(0, 2).join("."), name, `${name}[]`];
      const field = this.fields().find((candidate) => names.includes(candidate.name));
      const text = error.detail ?? "This value was not accepted.";
      if (!field) {
        loose.push(name && name !== "non_field_errors" ? `${name.replaceAll("_", " ")}: ${text}` : text);
        continue;
      }
      const box = field.closest(".field");
      const id = `${field.id}-error`;
      const line = element("span", { class: "error", id }, text);
      (box ?? field.parentElement)?.append(line);
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", [field.getAttribute("aria-describedby"), id].filter(Boolean).join(" "));
      links.push({ id: field.id, text: `${this.label(field)}: ${text}` });
    }
    const words =
      status === 401 || status === 403
        ? (problem.detail ?? "You may not change this, or you are signed out.")
        : status === 429
          ? "Too many changes in a short time. Wait a moment and try again."
          : status === 503
            ? "The database does not answer just now. What you typed is still here: try again in a moment."
          : status >= 500
            ? `Something went wrong on the server; nothing was saved. Try again.${problem.request_id ? ` (request ${problem.request_id})` : ""}`
            : (links.length ? "Nothing was saved. Please mend what is named here." : sentence(problem));
    this.summary(words, links, links.length || errors.length > 1 ? loose : []);
  }

  private label(field: Field): string {
    return field.labels?.[0]?.querySelector(".name")?.textContent?.trim() ?? field.labels?.[0]?.textContent?.trim() ?? field.name;
  }

  private summary(words: string, links: { id: string; text: string }[], loose: string[] = []): void {
    const box = element("div", { class: "error-summary", role: "alert", tabindex: "-1", "data-keep": "" }, element("h3", {}, words));
    const list = element("ul", {});
    for (const link of links) {
      const anchor = element("a", { href: `#${link.id}` }, link.text);
      anchor.addEventListener("click", (event) => {
        event.preventDefault();
        document.getElementById(link.id)?.focus();
      });
      list.append(element("li", {}, anchor));
    }
    for (const text of loose) list.append(element("li", {}, text));
    if (list.childElementCount) box.append(list);
    this.prepend(box);
    box.focus();
  }

  /** Someone else saved first: both versions side by side; what was typed stays in the form. */
  private conflict(mine: Values, problem: Problem, etag: string | null): void {
    const current = problem.current ?? (problem as unknown as Record<string, unknown>);
    const version = current["version"] ?? etag?.match(/\d+/)?.[0];
    const box = element("div", { class: "error-summary", role: "alert", tabindex: "-1", "data-keep": "" }, element("h3", {}, "Someone saved this before you. What you typed is still here."));
    const table = element("table", { class: "rows" });
    table.append(element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Field"), element("th", { scope: "col" }, "Saved now"), element("th", { scope: "col" }, "Yours"))));
    const body = element("tbody", {});
    for (const [name, value] of Object.entries(mine)) {
      const field = this.fields().find((candidate) => candidate.name === name);
      const show = (raw: unknown) => (raw === null || raw === undefined || raw === "" ? "empty" : String(raw).replace(/^(-?\d+)\.0+$|^(-?\d+\.\d*?[1-9])0+$/, "$1$2"));
      body.append(element("tr", {}, element("th", { scope: "row" }, field ? this.label(field) : name), element("td", {}, name in current ? show(current[name]) : "not shown"), element("td", {}, show(value))));
    }
    table.append(body);
    const keep = element("button", { type: "button", class: "btn btn-primary" }, "Save mine over it");
    keep.addEventListener("click", () => {
      if (version !== undefined) this.setAttribute("version", String(version));
      box.remove();
      void this.send(mine);
    });
    const reload = element("button", { type: "button", class: "btn btn-plain" }, "Reload with what is saved");
    reload.addEventListener("click", () => {
      this.removeAttribute("data-unsaved");
      location.reload();
    });
    box.append(element("div", { class: "table-scroll" }, table), element("div", { class: "form-actions" }, ...(version === undefined ? [] : [keep]), reload));
    this.prepend(box);
    box.focus();
    announce("Someone saved this before you. Both versions are shown.");
  }
}

customElements.define("rest-form", RestForm);

/** What a field sends: a number in the plain form of REST, whatever it was typed as; what is none as it is, to be refused. */
function sent(field: Field): string {
  const number = ["decimal", "numeric"].includes(field.inputMode) ? typed(field.value) : null;
  return number ?? field.value;
}

/** What a refusal says where no field of the form is meant: its one error, unless the problem says that and more. */
function sentence(problem: Problem): string {
  const [only, ...others] = problem.errors ?? [];
  const told = others.length ? undefined : only?.detail;
  return (told && !problem.detail?.includes(told) ? told : problem.detail) ?? problem.title ?? "This was not accepted.";
}
