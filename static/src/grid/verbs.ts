/** What is done to all rows that are selected at once: a verb with what it asks for, or that they are deleted. */
import { effects } from "../form/preview";
import type { Preview } from "../shared/api";
import { element, toast, written } from "../shared/page";
import { ask, table } from "./conflict";
import { type ValueField, fieldFor } from "./editor";
import type { Names } from "./reader";
import type { Row, ToldVerb, Value } from "./rows";
import { type Item, MOST, type Way, writeTogether } from "./batch";
import type { Sheet } from "./writer";

const ROUNDS = 4; // of previews, each without what the one before refused

interface Meant {
  row: Row;
  refusal: string;
}

export class Acting {
  private fields: { name: string; field: ValueField }[] = [];

  constructor(
    private readonly sheet: Sheet,
    private readonly names: Names,
    private readonly calls: (row: Row) => string,
  ) {}

  /** The fields of what a verb asks for. */
  asks(verb: ToldVerb): HTMLElement[] {
    this.fields = verb.fields.map((declared) => ({
      name: declared.name,
      field: fieldFor(declared, this.names),
    }));
    return this.fields.map(({ name, field }, index) => {
      const declared = verb.fields[index];
      field.input.id = `grid-asks-${name}`;
      const words = declared?.required ? declared.label : `${declared?.label ?? name}, if any`;
      const label = element("label", { for: field.input.id }, words);
      return element("div", { class: "field" }, label, field.box);
    });
  }

  /** Do a verb to rows, after a preview; whether it was done. */
  async act(verb: ToldVerb, rows: readonly Row[]): Promise<boolean> {
    const given = this.fields.map(({ name, field }): [string, Value] => [name, field.value()]);
    const filled = Object.fromEntries(given.filter(([, value]) => value !== null && value !== ""));
    return this.propose(verb.title, { method: "post", verb: verb.noun }, rows, filled);
  }

  /** Delete rows, after a preview; whether they are gone. */
  async remove(rows: readonly Row[]): Promise<boolean> {
    return this.propose("Delete", { method: "delete" }, rows, {});
  }

  private async propose(
    title: string,
    way: Way,
    rows: readonly Row[],
    values: Record<string, Value>,
  ): Promise<boolean> {
    const meant = rows.map((row): Meant => ({ row, refusal: "" }));
    const items = (): Item[] =>
      meant
        .filter(({ refusal }) => !refusal)
        .map(({ row: { id, version } }) => ({ id, version, values }));
    const preview = await this.preview(meant, items, way);
    const open = items();
    const refused = meant.length - open.length;
    const answer = await ask(
      `${title}: ${records(open.length)}${refused ? `, ${refused} refused` : ""}`,
      [this.listed(meant), ...(preview ? [effects(preview)] : [])],
      [
        { label: title, look: "btn-primary", answer: "do", disabled: !open.length },
        { label: "Cancel", look: "btn-plain", answer: "" },
      ],
    );
    return answer === "do" && (await this.write(title, open, way));
  }

  /** What it would move; what is refused is marked, and the rest is asked about again. */
  private async preview(meant: Meant[], items: () => Item[], way: Way): Promise<Preview | null> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const open = items();
      if (!open.length) return null;
      if (open.length > MOST) {
        for (const each of meant) each.refusal ||= `At most ${MOST} records at once.`;
        return null;
      }
      const answer = await writeTogether(this.sheet.told().collection, open, true, way);
      if (answer.kind === "foreseen") return answer.preview;
      if (answer.kind !== "refused") return null;
      const { refusals, reason } = answer;
      for (const each of meant) {
        const why = refusals.find(({ id }) => id === each.row.id)?.reason;
        each.refusal ||= why ?? (refusals.length ? "" : reason);
      }
    }
    for (const each of meant) each.refusal ||= "It was not accepted.";
    return null;
  }

  private listed(meant: readonly Meant[]): HTMLElement {
    const rows = meant.map(({ row, refusal }) => [
      this.calls(row),
      refusal ? element("strong", { class: "refusal" }, `Refused: ${refusal}`) : "Will be done",
    ]);
    return table(["Record", "What happens"], rows);
  }

  private async write(title: string, items: readonly Item[], way: Way): Promise<boolean> {
    const answer = await writeTogether(this.sheet.told().collection, items, false, way);
    if (answer.kind !== "saved") {
      toast(`Nothing was done. ${answer.kind === "refused" ? answer.reason : ""}`);
      return false;
    }
    await this.sheet.adopt(answer.rows.filter(({ version }) => Number.isInteger(version)));
    toast(`${title}: done to ${records(items.length)}. The figures follow in a moment.`);
    written();
    return true;
  }
}

function records(count: number): string {
  return count === 1 ? "1 record" : `${count} records`;
}
