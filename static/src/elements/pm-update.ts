/**
 * <pm-update project="3" version="7" state="published" leads-to="/projects/3/">: the form of an update.
 *
 * A field is named by where it goes: `project.forecast_finish`, `report.achieved`, `risks.12.verb`,
 * `costs.new1.amount`.
 * Of records that are there what differs is sent, with the version in `data-version` of their fieldset; a new one when
 * anything of it was filled in; the words of the report always. All of it goes in one request: what is refused is shown
 * beside its fields and nothing was saved; what others saved meanwhile of other fields stands, and is no reason.
 * `report` and `report-version` name a draft that is gone on with. What was typed comes back after a reload. A button
 * with `data-then` leads to that page once all is saved.
 */
import { LOST, clearAnswers, showRefusal, showSummary } from "../form/errors";
import { type Values, fieldsOf, fill, labelOf, offeredBy, same, valuesOf } from "../form/fields";
import { effects } from "../form/preview";
import { type Answer, Sender } from "../form/sender";
import { keepTyped, typedBefore } from "../form/unsaved-input";
import { type Composed, composed } from "../form/update";
import type { Problem } from "../shared/api";
import { announce, beginOnce, element, toast, written } from "../shared/page";

const WHY = "report.declared_reason";
const PAUSE = 500; // milliseconds without a key after which what was typed is kept
const ADDED = /^(\w+)\.new(\d+)\./;

interface How {
  preview?: boolean;
  /** Sent once more, over what others have saved. */
  again?: boolean;
}

class UpdateForm extends HTMLElement {
  private initial: Values = {};
  private sending = false;
  private typing = 0;
  private then: string | null = null;
  private readonly sender = new Sender();

  connectedCallback(): void {
    addEventListener("beforeunload", this.guard);
    beginOnce(this, () => {
      this.begin();
    });
  }

  private begin(): void {
    this.initial = offeredBy(this.form);
    this.takeTyped();
    this.mark();
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.then = event.submitter?.dataset.then ?? null;
      this.hand();
    });
    this.addEventListener("click", (event) => {
      if (event.target instanceof Element) this.clicked(event.target);
    });
    this.addEventListener("keydown", (event) => {
      this.typed(event);
    });
    this.addEventListener("input", () => {
      this.mark();
      window.clearTimeout(this.typing);
      this.typing = window.setTimeout(this.keepTyped, PAUSE);
    });
  }

  disconnectedCallback(): void {
    removeEventListener("beforeunload", this.guard);
  }

  private get form(): HTMLFormElement {
    const form = this.querySelector("form");
    if (!form) throw new Error("A <pm-update> holds a form.");
    return form;
  }

  private readonly guard = (event: BeforeUnloadEvent) => {
    this.keepTyped();
    if (this.hasAttribute("data-unsaved")) event.preventDefault();
  };

  private clicked(target: Element): void {
    const adding = target.closest<HTMLElement>("[data-add]");
    if (adding) this.add(adding);
    const preview = target.closest("[data-preview]") !== null;
    if (preview || target.closest("[data-draft]")) {
      this.then = null;
      void this.send(() => this.compose("draft"), { preview });
    }
    const unchanged = target.closest<HTMLElement>("[data-no-change]");
    if (unchanged) this.keep(unchanged.dataset.then ?? null);
  }

  /** Hand the update in. */
  private hand(): void {
    void this.send(() => this.compose(this.getAttribute("state") ?? "draft"));
  }

  /** Enter in a line does not send a whole week; Ctrl and Enter do, wherever one is. */
  private typed(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) this.form.requestSubmit();
    else if (event.target instanceof HTMLInputElement) event.preventDefault();
  }

  private mark(): void {
    const now = Object.entries(valuesOf(this.form));
    this.toggleAttribute(
      "data-unsaved",
      now.some(([name, value]) => !same(value, this.initial[name] ?? null)),
    );
  }

  private readonly keepTyped = (): void => {
    keepTyped(valuesOf(this.form), this.initial);
  };

  /** Fill in what was typed here before a reload, or before one came back; and say so. */
  private takeTyped(): void {
    const found = typedBefore();
    if (!found) return;
    for (const name of Object.keys(found.values)) this.makeLine(name);
    fill(this.form, found.values);
    const named = fieldsOf(this.form).filter(
      ({ name }) => name in found.over && !same(found.over[name], this.initial[name] ?? null),
    );
    const met = [...new Set(named.map(labelOf))].join(", ");
    const words = "What you typed here before is filled in again, and not saved yet.";
    const told = met ? `${words} Others saved meanwhile: ${met}.` : words;
    const leave = element("button", { type: "button", class: "btn btn-plain" }, "Leave it");
    leave.addEventListener("click", () => {
      this.readAnew();
    });
    this.prepend(
      element("p", { class: "notice", role: "status", "data-typed": "" }, `${told} `, leave),
    );
    announce(told);
  }

  /** Have the line of a record that was to be added, to which a field of this name belongs. */
  private makeLine(name: string): void {
    const [, list = "", number = "0"] = ADDED.exec(name) ?? [];
    const button = this.querySelector<HTMLElement>(`[data-add="${list}"]`);
    while (button && this.linesOf(list).length < Number(number)) this.add(button);
  }

  private linesOf(list: string): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(`[data-item^="${list}.new"]`)];
  }

  /** Read the page anew, without what was typed. */
  private readAnew(): void {
    this.saved();
    location.reload();
  }

  /** Nothing is to be saved any more. */
  private saved(): void {
    window.clearTimeout(this.typing);
    this.removeAttribute("data-unsaved");
    this.initial = valuesOf(this.form);
    this.keepTyped();
  }

  /** One more empty line of the same kind, below the last. */
  private add(button: HTMLElement): void {
    const lines = this.linesOf(button.dataset.add ?? "");
    const last = lines[lines.length - 1];
    if (!last) return;
    const [before, after] = [`new${lines.length}`, `new${lines.length + 1}`];
    const made = last.cloneNode(true) as HTMLElement;
    for (const node of [made, ...made.querySelectorAll("*")]) {
      for (const { name, value } of [...node.attributes]) {
        if (value.includes(before)) node.setAttribute(name, value.replaceAll(before, after));
      }
    }
    last.after(made);
    for (const field of made.querySelectorAll<HTMLInputElement>("input, textarea")) {
      field.value = field.defaultValue; // a copy would begin with what was typed above it
    }
    Object.assign(this.initial, pick(valuesOf(this.form), after));
    made.querySelector<HTMLElement>("input, select, textarea")?.focus();
  }

  private compose(state: string): Composed {
    const versions: Record<string, string> = { project: this.getAttribute("version") ?? "" };
    for (const item of this.querySelectorAll<HTMLElement>("[data-version]")) {
      versions[item.dataset.item ?? ""] = item.dataset.version ?? "";
    }
    const values = valuesOf(this.form);
    const made = composed(values, this.initial, versions);
    const status = values["project.declared_rag"];
    // Said again, it is said now.
    if (status) {
      made.body.project = {
        version: Number(versions.project),
        declared_rag: status,
        ...made.body.project,
      };
    }
    made.body.report = { ...made.body.report, ...this.going, state };
    return made;
  }

  /** The draft that is gone on with. */
  private get going(): { id?: number; version?: number } {
    const [id, version] = [this.getAttribute("report"), this.getAttribute("report-version")];
    return id ? { id: Number(id), version: Number(version) } : {};
  }

  /** All stands as it did: the status is said again, with why, and nothing else. */
  private keep(then: string | null): void {
    const values = valuesOf(this.form);
    const reason = values[WHY] ?? "";
    const changed = Object.entries(values).some(
      ([name, value]) => name !== WHY && !same(value, this.initial[name] ?? null),
    );
    if (changed) {
      toast("Something has changed here: save it, or reload the page to leave it.");
      return;
    }
    this.then = then;
    void this.send(() => {
      const state = this.getAttribute("state");
      const status = valuesOf(this.form)["project.declared_rag"] ?? null;
      const report = { achieved: "No change.", declared_reason: reason, ...this.going, state };
      const project = { version: Number(this.getAttribute("version")), declared_rag: status };
      return { body: { report, project }, places: {} };
    });
  }

  private async send(compose: () => Composed, { preview = false, again = false }: How = {}) {
    if (this.sending) return;
    const { body, places } = compose();
    clearAnswers(this, this.form);
    this.sending = true;
    const answer = await this.sender.send({
      method: "POST",
      address: `/api/v1/projects/${Number(this.getAttribute("project"))}/updates/`,
      values: {},
      body,
      version: null,
      preview,
    });
    this.sending = false;
    if (answer.kind === "refused" && answer.status === 412 && !again) {
      const { mergeOrAsk } = await import("../form/merging");
      mergeOrAsk(this, this.form, this.initial, answer.problem, places, {
        take: (record, version) => {
          this.take(record, version);
        },
        send: () => void this.send(compose, { preview, again: true }),
        reload: () => {
          this.readAnew();
        },
      });
    } else this.show(answer, places);
  }

  /** Go on over the version that a record has now. */
  private take(record: string, version: string): void {
    if (record === "project") this.setAttribute("version", version);
    else if (record === "report") this.setAttribute("report-version", version);
    else {
      const item = this.querySelector<HTMLElement>(`[data-item="${CSS.escape(record)}"]`);
      if (item) item.dataset.version = version;
    }
  }

  private show(answer: Answer, places: Composed["places"]): void {
    if (answer.kind === "lost") showSummary(this, LOST);
    else if (answer.kind === "foreseen") {
      const box = effects(answer.preview);
      this.form.append(box);
      box.focus();
    } else if (answer.kind === "refused") {
      const problem = this.placed(answer.problem, places);
      showRefusal(this, this.form, answer.status === 412 ? 400 : answer.status, problem);
    } else {
      this.saved();
      toast("Saved. The figures follow in a moment.");
      written();
      location.assign(this.then ?? this.getAttribute("leads-to") ?? location.href);
    }
  }

  /** The problem with each error at the field that is meant, or at the first of its record. */
  private placed(problem: Partial<Problem>, places: Composed["places"]): Partial<Problem> {
    const names = new Set(fieldsOf(this.form).map((field) => field.name));
    const errors = (problem.errors ?? []).map((error) => {
      const [, list = "", index = "", ...rest] = error.pointer.split("/");
      const item = places[`${list}.${index}`];
      const name = item
        ? `${item}.${rest.join(".")}`
        : [list, index, ...rest].filter(Boolean).join(".");
      const also = this.querySelector<HTMLInputElement | HTMLTextAreaElement>(
        `[data-also="${CSS.escape(name)}"]`,
      )?.name;
      const first = [...names].find((each) => each.startsWith(`${item ?? list}.`));
      return { ...error, pointer: names.has(name) ? name : (also ?? first ?? error.pointer) };
    });
    return { ...problem, errors };
  }
}

function pick(values: Values, part: string): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name.includes(`.${part}.`)));
}

customElements.define("pm-update", UpdateForm);
