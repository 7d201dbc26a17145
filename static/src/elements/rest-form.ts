/**
 * <rest-form action="/api/v1/projects/3/" method="PATCH" version="7" saved="Project saved">:
 * a server-rendered form that writes JSON.
 *
 * It sends what changed (PATCH) or all that is filled in, with If-Match; on 412 it shows both
 * versions and keeps what was typed; it offers to undo a saved change, and warns before unsaved
 * input is lost. A POST carries an Idempotency-Key, the same when it is tried again.
 *
 * - `leads-on` opens the page of what was made, `leads-to` the page that it names, this one read anew among them;
 *   neither after a button that is `data-again`, for another is to be written.
 * - `shows` names a member of the answer that is shown once, such as a link, instead of leading on.
 * - `dated` names the field with the day from which on what was made counts; `as-of` is the day
 *   that figures speak of.
 * - A button with `data-preview` asks what saving would move. A submit button with a name sends its
 *   value too. One with `data-keep-in` keeps what was typed as a change of the scenario chosen in
 *   the `select[data-scenario]` beside it; `subject` is what its title begins with.
 * - A field with `data-why` says why one change is made: it is emptied after each.
 * - A field with `data-typed` is filled in with that, as though somebody had: it was chosen elsewhere.
 * - `undo` says what takes the verb back that it does; that is offered where it restores what was.
 * - `watched` tells above it when somebody else changes its record meanwhile; `autosaves` saves what is typed once one
 *   pauses.
 * - With a file chosen it sends multipart/form-data instead.
 * - Numbers may be typed as the page shows them. A name such as `risks.12` is sent as a member of
 *   an object, one such as `ids[]` as a list of the boxes that are ticked. `money-unit` is what money is in, where
 *   no choice of the form says another.
 */
import { offerBack, offering } from "../form/restoration";
import { NOT_TAKEN_BACK, OVERTAKEN, showConflict } from "../form/conflict";
import { LOST, clearAnswers, showRefusal, showSummary } from "../form/errors";
import {
  type Values,
  fieldsOf,
  filesOf,
  fill,
  offeredBy,
  reasonsOf,
  same,
  valuesOf,
} from "../form/fields";
import { keepChange } from "../form/scenario-change";
import { follow } from "../form/preview-job";
import { effects } from "../form/preview";
import { type Answer, Sender } from "../form/sender";
import { clashes, others, undoOf } from "../form/undo";
import { fitPortfolio } from "../form/choices";
import { tellUnits } from "../form/units";
import { type Address, type Method, type Saved, isAddress } from "../shared/api";
import { announce, beginOnce, element, locale, toast, words, written } from "../shared/page";

const METHODS: readonly string[] = ["POST", "PATCH", "DELETE"] satisfies Method[];

const PAUSE = 3_000; // milliseconds without a key after which what was typed is saved

interface How {
  /** What was typed is saved by itself: nothing moves, and nothing is offered. */
  quiet?: boolean;
  /** The version that is taken back: what a later one changed is not written over. */
  undoing?: string;
  preview?: boolean;
}

class RestForm extends HTMLElement {
  private initial: Values = {};
  private sending = false;
  private typing = 0;
  private again = false;
  private readonly sender = new Sender();

  connectedCallback(): void {
    addEventListener("beforeunload", this.guard);
    document.addEventListener("pm:refreshed", this.adopt);
    beginOnce(this, () => {
      this.begin();
    });
  }

  private begin(): void {
    this.followChoices();
    this.initial = offeredBy(this.form);
    this.type();
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.again = event.submitter?.hasAttribute("data-again") ?? false;
      void this.send({ ...this.changes(), ...pressed(event) });
    });
    this.addEventListener("click", (event) => {
      if (!(event.target instanceof Element)) return;
      if (event.target.closest("[data-preview]")) void this.send(this.changes(), { preview: true });
      if (event.target.closest("[data-keep-in]")) void this.keepIn();
    });
    for (const kind of ["input", "change"]) {
      this.addEventListener(kind, () => {
        this.followChoices();
        this.mark();
        if (this.hasAttribute("autosaves")) this.saveSoon();
      });
    }
    if (this.hasAttribute("watched")) {
      void import("../form/other-changes").then(({ watchForChanges }) => {
        watchForChanges(this);
      });
    }
    this.addEventListener("reset", () =>
      window.setTimeout(() => {
        this.settle();
      }),
    );
  }

  disconnectedCallback(): void {
    removeEventListener("beforeunload", this.guard);
    document.removeEventListener("pm:refreshed", this.adopt);
  }

  private get form(): HTMLFormElement {
    const form = this.querySelector("form");
    if (!form) throw new Error("A <rest-form> holds a form.");
    return form;
  }

  private get method(): Method {
    const method = (this.getAttribute("method") ?? "POST").toUpperCase();
    if (!METHODS.includes(method)) throw new Error(`A <rest-form> does not write by ${method}.`);
    return method as Method;
  }

  private get address(): Address {
    const address = this.getAttribute("action") ?? "";
    if (!isAddress(address)) throw new Error(`A <rest-form> writes to REST, not to ${address}.`);
    return address;
  }

  /** Whether it changes a record that stays: then there is something to undo, or to compare with. */
  private get edits(): boolean {
    return this.method === "PATCH";
  }

  private readonly guard = (event: BeforeUnloadEvent) => {
    if (this.hasAttribute("data-unsaved")) event.preventDefault();
  };

  /** The live region brought newer saved values and nothing was being typed: they are where we start from. */
  private readonly adopt = () => {
    if (!this.hasAttribute("data-unsaved")) this.initial = valuesOf(this.form);
  };

  /** What is to be sent: of a PATCH what differs from what was there, else whatever is filled in. */
  private changes(): Values {
    const changed = Object.entries(valuesOf(this.form)).filter(([name, value]) =>
      this.method === "PATCH" ? !same(value, this.initial[name]) : value !== null,
    );
    return Object.fromEntries(changed);
  }

  private mark(): void {
    const now = Object.entries(valuesOf(this.form));
    const dirty = now.some(([name, value]) => !same(value, this.initial[name]));
    this.toggleAttribute("data-unsaved", dirty);
  }

  /** Fill in what was chosen elsewhere, and ask at once what saving it would move. */
  private type(): void {
    const typed = fieldsOf(this.form).filter((field) => field.dataset.typed !== undefined);
    for (const field of typed) field.value = field.dataset.typed ?? "";
    this.mark();
    if (typed.length && this.hasAttribute("data-unsaved")) {
      void this.send(this.changes(), { preview: true });
    }
  }

  /** What follows from what is chosen in the form. */
  private followChoices(): void {
    tellUnits(this.form, this.getAttribute("money-unit") ?? "");
    fitPortfolio(this.form);
  }

  private settle(): void {
    this.followChoices();
    this.initial = valuesOf(this.form);
    this.removeAttribute("data-unsaved");
    clearAnswers(this, this.form);
  }

  private saveSoon(): void {
    window.clearTimeout(this.typing);
    this.typing = window.setTimeout(() => {
      const values = this.changes();
      if (this.sending || Object.keys(values).length === 0) return;
      void this.send(values, { quiet: true });
    }, PAUSE);
  }

  private async send(values: Values, { undoing, preview = false, quiet = false }: How = {}) {
    if (this.sending || this.isEmpty(values, preview ? "preview" : "save")) return;
    const { method, address } = this;
    const version = undoing ?? this.getAttribute("version");
    const submit = this.querySelector<HTMLButtonElement>("button[type=submit]");
    this.sending = true;
    submit?.setAttribute("aria-disabled", "true");
    const files = filesOf(this.form);
    const answer = await this.sender.send({ method, address, values, version, preview, files });
    this.sending = false;
    submit?.removeAttribute("aria-disabled");
    if (quiet && answer.kind === "saved") this.keptAsTyped(answer, values);
    else this.show(answer, values, undoing !== undefined);
  }

  /** What was typed meanwhile is still to be saved. */
  private keptAsTyped(answer: Answer & { kind: "saved" }, values: Values): void {
    this.take(answer.version);
    Object.assign(this.initial, values);
    this.mark();
    const at = new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(new Date());
    const line = this.querySelector("[data-kept-at]");
    if (line) line.textContent = `Saved at ${at}`;
    if (this.hasAttribute("data-unsaved")) this.saveSoon();
  }

  /** Whether a PATCH would change nothing; then it says so. */
  private isEmpty(values: Values, purpose: string): boolean {
    clearAnswers(this, this.form);
    const empty = this.method === "PATCH" && Object.keys(values).length === 0;
    if (empty) toast(`Nothing has changed, so there is nothing to ${purpose}.`);
    return empty;
  }

  private show(answer: Answer, values: Values, undoing: boolean): void {
    if (answer.kind === "lost") showSummary(this, LOST);
    else if (answer.kind === "later") {
      const box = follow(answer.page);
      this.after(box); // it has forms of its own
      box.focus();
    } else if (answer.kind === "foreseen") {
      const box = effects(answer.preview);
      this.form.after(box);
      box.focus();
    } else if (answer.kind === "refused") this.refused(answer, values, undoing);
    else if (this.edits) this.changed(answer, values, undoing);
    else this.made(answer, values);
  }

  private refused(answer: Answer & { kind: "refused" }, values: Values, undoing: boolean): void {
    const { status, problem } = answer;
    if (status !== 412 || !this.edits) {
      showRefusal(this, this.form, status, problem);
      return;
    }
    const current = problem.current ?? {};
    const version = (current as Saved).version?.toString() ?? answer.version;
    const tries = version !== this.getAttribute("version");
    if (!undoing && version && tries && !clashes(values, this.initial, current)) {
      this.merge(others(values, this.initial, current), version);
      void this.send(values);
      return;
    }
    const keep = () => {
      this.take(version); // what is sent next takes the comparison away
      void this.send(values);
    };
    const reload = () => {
      this.removeAttribute("data-unsaved");
      location.reload();
    };
    const told = undoing ? NOT_TAKEN_BACK : OVERTAKEN;
    const offered = { ...told, keep: version && !undoing ? keep : null, reload };
    showConflict(this, this.form, values, current, offered);
    void import("../form/other-changes").then(({ nameLastAuthor }) =>
      nameLastAuthor(this.firstElementChild, this.address),
    );
  }

  /** Others changed other fields: what they saved stands, and what was typed goes over their version. */
  private merge(theirs: Values, version: string): void {
    this.take(version);
    fill(this.form, theirs);
    Object.assign(this.initial, theirs);
    announce("Someone else saved other fields of this meanwhile: both changes stand.");
  }

  /** A record that stays was changed, or a change of it was taken back. */
  private changed(answer: Answer & { kind: "saved" }, values: Values, undoing: boolean): void {
    this.take(answer.version);
    const back = undoOf(this.form, this.initial, values, answer.record);
    if (undoing) fill(this.form, values);
    for (const field of reasonsOf(this.form)) field.value = "";
    this.settle();
    const next = this.getAttribute("leads-to");
    if (next) {
      lead(next);
      return;
    }
    if (undoing) toast("Undone.");
    else this.offerUndo(back, answer.version);
    written();
  }

  private offerUndo(back: Values, version: string | undefined): void {
    const run = () => void this.send(back, { undoing: version ?? "" });
    toast(this.words, { label: "Undo", run });
  }

  /** Something was made, or moved, or deleted. */
  private made(answer: Answer & { kind: "saved" }, values: Values): void {
    this.take(answer.version);
    this.form.reset();
    this.settle();
    if (this.shown(answer.record)) return;
    const { version } = answer;
    if (version && this.getAttribute("undo")) {
      void import("../form/verb-undo").then(({ offerVerbUndo }) => {
        offerVerbUndo(this, this.words, values, version);
      });
      return;
    }
    const made = this.hasAttribute("leads-on") ? answer.record.html_url : null;
    const next = this.getAttribute("leads-to") ?? made;
    if (next && !this.again) {
      lead(answer.deleted ? offering(next, answer.deleted) : next);
      return;
    }
    if (answer.deleted) offerBack(this.words, answer.deleted);
    else toast(this.later(values) ?? this.words);
    written();
  }

  /** What the answer says once stays beside the form until the page is left. */
  private shown(record: object): boolean {
    const name = this.getAttribute("shows");
    const value: unknown = name ? (record as Record<string, unknown>)[name] : null;
    if (typeof value !== "string") return false;
    this.querySelector("[data-shown]")?.remove();
    const text = element("code", {}, value);
    this.append(element("p", { "data-shown": "", role: "status" }, `${this.words} `, text));
    return true;
  }

  private get words(): string {
    return this.getAttribute("saved") ?? "Saved.";
  }

  /** Remember the version that the record has now, here and in the other forms of the page about it. */
  private take(version: string | undefined): void {
    const before = this.getAttribute("version");
    if (!version || before === null) return;
    for (const form of document.querySelectorAll(`rest-form[action^="${this.address}"]`)) {
      if (form.getAttribute("version") === before) form.setAttribute("version", version);
    }
  }

  /** What is dated after the day the figures speak of counts from its own day on, and does not move them now. */
  private later(sent: Values): string | null {
    const [on, asOf] = [sent[this.getAttribute("dated") ?? ""], this.getAttribute("as-of")];
    if (typeof on !== "string" || !asOf || on <= asOf) return null;
    return `Saved. It counts from ${words(on)} on: the figures speak of ${words(asOf)}.`;
  }

  private async keepIn(): Promise<void> {
    const choice = this.querySelector<HTMLSelectElement>("select[data-scenario]");
    const values = this.changes();
    if (!choice || this.sending || this.isEmpty(values, "keep")) return;
    const refusal = await keepChange(this.form, {
      scenario: Number(choice.value),
      subject: this.getAttribute("subject") ?? "",
      method: this.method,
      address: this.address,
      version: Number(this.getAttribute("version")),
      values,
    });
    if (refusal === "lost") showSummary(this, LOST);
    else if (refusal) showRefusal(this, this.form, refusal.status, refusal.problem);
    else {
      const name = choice.selectedOptions[0]?.textContent ?? "the scenario";
      this.form.reset();
      this.settle();
      toast(`Kept in ${name}. Nothing was saved here.`);
      written();
    }
  }
}

/** Open a page after a write; this one is read anew, at the place in it that is named. */
function lead(address: string): void {
  written();
  const next = new URL(address, location.href);
  const here = next.pathname === location.pathname && next.search === location.search;
  location.assign(next);
  if (here && next.hash) location.reload();
}

/** The value of the button that was pressed, if it has a name. */
function pressed({ submitter }: SubmitEvent): Values {
  return submitter instanceof HTMLButtonElement && submitter.name
    ? { [submitter.name]: submitter.value }
    : {};
}

customElements.define("rest-form", RestForm);
