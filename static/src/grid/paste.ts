/** Cells copied from a spreadsheet, read against the cells they are pasted over. */
import { folded } from "../shared/text";
import { meant } from "./values";
import type { Names } from "./reader";
import { type Declared, type Row, type Value, edits } from "./rows";

/** A value for a cell, or why it cannot be one. */
export interface Proposed {
  row: Row;
  column: Declared;
  value: Value;
  refusal: string;
}

/** The rows of cells in tab-separated text, as spreadsheets copy it: what has lines or tabs is quoted. */
export function cellsIn(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /("(?:[^"]|"")*"|[^\t\r\n]*)(\t|\r?\n|$)/gy;
  for (const [whole, content = "", end] of text.replace(/\r?\n$/, "").matchAll(cell)) {
    if (whole === "" && rows.at(-1)?.length) break;
    const quoted = content.startsWith('"') && content.length > 1;
    rows.at(-1)?.push(quoted ? content.slice(1, -1).replaceAll('""', '"') : content);
    if (end !== "\t" && end) rows.push([]);
    if (!end) break;
  }
  return rows.filter((row) => row.length);
}

export class Pasting {
  private readonly found = new Map<string, Promise<number | null>>();

  constructor(private readonly names: Names) {}

  /** What each pasted cell means in its place; what lies beyond the rows or columns is left out. */
  async read(
    cells: string[][],
    rows: (Row | undefined)[],
    columns: (Declared | undefined)[],
  ): Promise<Proposed[]> {
    const read = cells.flatMap((line, down) =>
      line.map(async (text, along) => {
        const [row, column] = [rows[down], columns[along]];
        return row && column ? await this.proposed(row, column, text) : null;
      }),
    );
    return (await Promise.all(read)).filter((each) => each !== null);
  }

  private async proposed(row: Row, column: Declared, text: string): Promise<Proposed> {
    const made = { row, column, value: meant(column, text, row), refusal: "" };
    if (!edits(column, row)) return { ...made, refusal: "This is not changed here." };
    if (!column.of || text.trim() === "") return made;
    const value = await this.record(column, text.trim());
    return value === null
      ? { ...made, refusal: `There is no ${column.of.one} ${text}.` }
      : { ...made, value };
  }

  /** The record of a code or name, searched once. */
  private record(column: Declared, text: string): Promise<number | null> {
    const { of } = column;
    if (!of) return Promise.resolve(null);
    const key = `${of.collection}/${text}`;
    const wanted = folded(text);
    const searched =
      this.found.get(key) ??
      this.names
        .search(of, text)
        .then(
          (some) =>
            some.find(({ short, long }) => [short, long].some((each) => folded(each) === wanted))
              ?.id ?? null,
        );
    this.found.set(key, searched);
    return searched;
  }
}
