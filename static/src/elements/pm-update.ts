/**
 * <pm-update project="3" version="7" state="published" leads-to="/projects/3/">: the form of an update.
 *
 * A field is named by where it goes: `project.forecast_finish`, `report.achieved`, `risks.12.verb`,
 * `costs.new1.amount`.
 * Of records that are there what differs is sent, with the version in `data-version` of their fieldset; a new one when
 * anything of it was filled in; the words of the report always. All of it goes in one request: what is refused is shown
 * beside its fields and nothing was saved. `report` and `report-version` name a draft that is gone on with.
 */
import { LOST, clearAnswers, showRefusal, showSummary } from "../form/errors";
import { type Values, fieldsOf, offeredBy, same, valuesOf } from "../form/fields";
import { effects } from "../form/preview";
import { type Answer, Sender } from "../form/sender";
import { type Composed, composed } from "../form/update";
import type { Problem } from "../shared/api";
import { beginOnce, toast, written } from "../shared/page";

const WHY = "report.declared_reason";

class UpdateForm extends HTMLElement {
  private initial: Values = {};
  private sending = false;
  private readonly sender = new Sender();

  connectedCallback(): void {
    addEventListener("beforeunload", this.guard);
    beginOnce(this, () => {
      this.begin();
    });
  }

  private begin(): void {
    this.initial = offeredBy(this.form);
    this.mark();
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send(this.compose(this.getAttribute("state") ?? "draft"));
    });
    this.addEventListener("click", (event) => {
      if (event.target instanceof Element) this.clicked(event.target);
    });
    this.addEventListener("keydown", (event) => {
      this.typed(event);
    });
    this.addEventListener("input", () => {
      this.mark();
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
    if (this.hasAttribute("data-unsaved")) event.preventDefault();
  };

  private clicked(target: Element): void {
    const adding = target.closest<HTMLElement>("[data-add]");
    if (adding) this.add(adding);
    if (target.closest("[data-preview]")) void this.send(this.compose("draft"), true);
    if (target.closest("[data-draft]")) void this.send(this.compose("draft"));
    if (target.closest("[data-no-change]")) this.keep();
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

  /** One more empty line of the same kind, below the last. */
  private add(button: HTMLElement): void {
    const lines = this.querySelectorAll<HTMLElement>(
      `[data-item^="${button.dataset.add ?? ""}.new"]`,
    );
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
  private keep(): void {
    const values = valuesOf(this.form);
    const reason = values[WHY] ?? "";
    const changed = Object.entries(values).some(
      ([name, value]) => name !== WHY && !same(value, this.initial[name] ?? null),
    );
    if (changed) {
      toast("Something has changed here: save it, or reload the page to leave it.");
      return;
    }
    const [state, status] = [this.getAttribute("state"), values["project.declared_rag"] ?? null];
    const report = { achieved: "No change.", declared_reason: reason, ...this.going, state };
    const project = { version: Number(this.getAttribute("version")), declared_rag: status };
    void this.send({ body: { report, project }, places: {} });
  }

  private async send({ body, places }: Composed, preview = false): Promise<void> {
    if (this.sending) return;
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
    this.show(answer, places);
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
      this.removeAttribute("data-unsaved");
      this.initial = valuesOf(this.form);
      toast("Saved. The figures follow in a moment.");
      written();
      location.assign(this.getAttribute("leads-to") ?? location.href);
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
