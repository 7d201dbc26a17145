/** What is done to several records at once: one value or a verb for those that are selected, or pasted cells. */
import { effects } from "../form/preview";
import type { Preview } from "../shared/api";
import { announce, element, toast, written } from "../shared/page";
import { Acting } from "./verbs";
import { ask, table } from "./conflict";
import { type ValueField, fieldFor } from "./editor";
import { shown, told } from "./values";
import type { Proposed } from "./paste";
import type { Names } from "./reader";
import { type Declared, type Row, type ToldVerb, type Value, alike, edits, valueOf } from "./rows";
import { type Item, MOST, type Refusal, renewed, writeTogether } from "./batch";
import type { Sheet, Writer, Written } from "./writer";

const ROUNDS = 4; // of previews, each without what the one before refused

/** The grid as what is done to several cells sees it. */
interface WholeSheet extends Sheet {
  deselect(): void;
  /** How many rows the whole list has. */
  count(): number;
  /** The first rows of the whole list. */
  everyRow(most: number): Promise<Row[]>;
}

export class Bulk {
  readonly bar = element("div", { class: "grid-bar", role: "group", "aria-label": "Selected" });
  writer: Writer | null = null;
  private rows: readonly Row[] = [];
  private field: ValueField | null = null;
  private readonly acting: Acting;
  private readonly count = element("strong", { role: "status" });
  private readonly choice = element("select", { class: "form-select", id: "grid-bulk-field" });
  private readonly place = element("div", { class: "grid-asked" });
  private readonly all = element("button", { type: "button", class: "btn btn-quiet" });

  constructor(
    private readonly sheet: WholeSheet,
    private readonly names: Names,
  ) {
    this.bar.hidden = true;
    this.acting = new Acting(sheet, names, (row) => this.calls(row));
    const label = element("label", { for: "grid-bulk-field" }, "Do");
    const preview = element("button", { type: "button", class: "btn btn-primary" }, "Preview");
    const clear = element("button", { type: "button", class: "btn btn-quiet" }, "Select none");
    preview.addEventListener("click", () => void this.begin());
    clear.addEventListener("click", () => this.sheet.deselect());
    this.all.addEventListener("click", () => void this.selectAll());
    this.choice.addEventListener("change", () => this.offer());
    const choice = element("div", { class: "field" }, label, this.choice);
    this.bar.append(this.count, this.all, choice, this.place, preview, clear);
  }

  /** What a cell says, to be copied. */
  shows(column: Declared, row: Row): string {
    return shown(column, row, this.names);
  }

  /** Show how many rows are selected, and offer what can be done to all of them. */
  select(rows: readonly Row[]): void {
    const began = this.bar.hidden;
    this.rows = rows;
    const offered = this.offered();
    this.bar.hidden = rows.length === 0 || offered.length === 0;
    this.tell();
    if (!began || this.bar.hidden) return;
    this.choice.replaceChildren(...offered);
    this.offer();
  }

  private tell(): void {
    const whole = this.sheet.count();
    this.count.textContent = `${this.rows.length} selected`;
    this.all.hidden = this.rows.length >= Math.min(whole, MOST);
    this.all.textContent = whole > MOST ? `Select the first ${MOST}` : `Select all ${whole}`;
  }

  /** Select what the whole list holds, loaded or not. */
  private async selectAll(): Promise<void> {
    this.rows = await this.sheet.everyRow(MOST);
    this.tell();
    announce(this.count.textContent);
  }

  private offered(): HTMLElement[] {
    const { columns, verbs, deletes } = this.sheet.told();
    const option = (value: string, words: string) => element("option", { value }, words);
    const changes = columns.filter((each) => each.edits);
    const sets = changes.map(({ name, label }) => option(`set ${name}`, `Set ${label}`));
    const acts = verbs.map(({ noun, title }) => option(`do ${noun}`, title));
    return [...sets, ...acts, ...(deletes ? [option("delete", "Delete")] : [])];
  }

  private get column(): Declared | undefined {
    return this.sheet.told().columns.find(({ name }) => `set ${name}` === this.choice.value);
  }

  private get verb(): ToldVerb | undefined {
    return this.sheet.told().verbs.find(({ noun }) => `do ${noun}` === this.choice.value);
  }

  private offer(): void {
    const { column, verb } = this;
    this.field = null;
    if (column) {
      this.field = fieldFor(column, this.names);
      this.field.input.id = "grid-bulk-value";
      const label = element("label", { for: "grid-bulk-value" }, "to");
      this.place.replaceChildren(element("div", { class: "field" }, label, this.field.box));
    } else this.place.replaceChildren(...(verb ? this.acting.asks(verb) : []));
  }

  private async begin(): Promise<void> {
    const { verb } = this;
    if (this.column) await this.change();
    else if (verb ? await this.acting.act(verb, this.rows) : await this.acting.remove(this.rows)) {
      this.sheet.deselect();
    }
  }

  private async change(): Promise<void> {
    const { column, field } = this;
    if (!column || !field) return;
    const value = field.value();
    const proposed = this.rows.map((row) => ({
      row,
      column,
      value,
      refusal: edits(column, row) ? "" : "This is not changed here.",
    }));
    if (await this.propose(proposed)) this.sheet.deselect();
  }

  /** Show what pasted cells would change, and write them together. */
  async paste(found: Proposed[]): Promise<void> {
    if (found.length) await this.propose(found);
    else announce("There is no cell to paste into.");
    this.sheet.returnFocus();
  }

  /** Preview, ask, and save what is not refused; whether something was saved. */
  private async propose(proposed: Proposed[]): Promise<boolean> {
    const changes = proposed.filter(
      ({ row, column, value, refusal }) => refusal || !alike(value, valueOf(row, column.name)),
    );
    const preview = await this.preview(changes);
    const open = changes.filter(({ refusal }) => !refusal);
    const refused = changes.length - open.length;
    const same = proposed.length - changes.length;
    const title = [
      `${cells(open.length)} of ${records(itemsOf(open).length)} to change`,
      ...(refused ? [`${refused} refused`] : []),
      ...(same ? [`${same} as they are`] : []),
    ].join(", ");
    const answer = await ask(
      title,
      [this.compared(changes), ...(preview ? [effects(preview)] : [])],
      [
        {
          label: `Save ${cells(open.length)}`,
          look: "btn-primary",
          answer: "save",
          disabled: !open.length,
        },
        { label: "Cancel", look: "btn-plain", answer: "" },
      ],
    );
    return answer === "save" && (await this.save(open));
  }

  /** What saving would move; what is refused is marked, and the rest is asked about again. */
  private async preview(changes: Proposed[]): Promise<Preview | null> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const items = itemsOf(changes.filter(({ refusal }) => !refusal));
      if (!items.length) return null;
      if (items.length > MOST) {
        for (const each of changes) each.refusal ||= `At most ${MOST} records at once.`;
        return null;
      }
      const answer = await writeTogether(this.sheet.told().collection, items, true);
      if (answer.kind === "foreseen") return answer.preview;
      if (answer.kind !== "refused") return null;
      const seen = changes.map(({ row }) => row);
      if (renewed(seen, answer.current)) await this.sheet.adopt(answer.current);
      else refuse(changes, answer.refusals, answer.reason);
    }
    for (const each of changes) each.refusal ||= "It was not accepted.";
    return null;
  }

  private compared(changes: readonly Proposed[]): HTMLElement {
    const rows = changes.map(({ row, column, value, refusal }) => [
      `${this.calls(row)}, ${column.label}`,
      shown(column, row, this.names),
      told(column, value, row, this.names),
      refusal ? element("strong", { class: "refusal" }, `Refused: ${refusal}`) : "",
    ]);
    return table(["What", "Now", "Then", "Refused"], rows);
  }

  private calls(row: Row): string {
    return this.writer?.calls(row) ?? String(row.id);
  }

  private async save(changes: readonly Proposed[]): Promise<boolean> {
    const items = itemsOf(changes);
    const before = new Map(changes.map(({ row }) => [row.id, { ...row }]));
    const answer = await writeTogether(this.sheet.told().collection, items, false);
    if (answer.kind !== "saved") {
      const reason = answer.kind === "refused" ? answer.reason : "";
      if (answer.kind === "refused") await this.sheet.adopt(answer.current);
      toast(`Nothing was saved. ${reason}`);
      return false;
    }
    await this.sheet.adopt(answer.rows);
    const entry = answer.rows.map((row) => writtenTo(row, items, before.get(row.id)));
    for (const { id, version } of entry) {
      this.writer?.follow(id, before.get(id)?.version ?? 0, version);
    }
    this.writer?.remember(entry, `${cells(changes.length)} of ${records(entry.length)} saved.`);
    written();
    return true;
  }

  /** Take a write to several records back, all or none: none where somebody wrote to one since. */
  async takeBack(entry: Written[]): Promise<void> {
    const items = entry.map(({ id, version, before }) => ({ id, version, values: before }));
    const answer = await writeTogether(this.sheet.told().collection, items, false);
    if (answer.kind === "saved") {
      for (const row of answer.rows) {
        const made = entry.find(({ id }) => id === row.id);
        if (made) this.writer?.follow(row.id, made.version, row.version);
      }
      await this.sheet.adopt(answer.rows);
      toast("Taken back.");
      written();
    } else if (answer.kind === "refused" && answer.current.length) {
      await this.sheet.adopt(answer.current);
      await this.writer?.since(answer.current, entry);
    } else if (answer.kind === "refused") toast(`Not taken back: ${answer.reason}`);
  }
}

function writtenTo(row: Row, items: readonly Item[], before: Row | undefined): Written {
  const names = Object.keys(items.find(({ id }) => id === row.id)?.values ?? {});
  const of = (from: Row | undefined): Record<string, Value> =>
    Object.fromEntries(names.map((name) => [name, from ? valueOf(from, name) : null]));
  return { id: row.id, version: row.version, before: of(before), after: of(row) };
}

function itemsOf(changes: readonly Proposed[]): Item[] {
  const items = new Map<number, Item>();
  for (const { row, column, value } of changes) {
    const item = items.get(row.id) ?? { id: row.id, version: row.version, values: {} };
    item.values[column.name] = value;
    items.set(row.id, item);
  }
  return [...items.values()];
}

/** Mark the cells that were refused: those of a field, or all of a record; all where none is named. */
function refuse(changes: Proposed[], refusals: readonly Refusal[], reason: string): void {
  let marked = false;
  for (const { id, field, reason: why } of refusals) {
    const ofRecord = changes.filter(({ row }) => row.id === id);
    const named = ofRecord.filter(({ column }) => column.name === field);
    for (const each of named.length ? named : ofRecord) {
      each.refusal ||= why;
      marked = true;
    }
  }
  if (!marked) for (const each of changes) each.refusal ||= reason;
}

function cells(count: number): string {
  return count === 1 ? "1 cell" : `${count} cells`;
}

function records(count: number): string {
  return count === 1 ? "1 record" : `${count} records`;
}
