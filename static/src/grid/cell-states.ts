/** What is on its way, was just saved or was refused, cell by cell; and how a cell tells it. */
import type { ICellRendererParams } from "ag-grid-community";
import { element } from "../shared/page";
import { shown } from "./values";
import type { Names } from "./reader";
import type { Declared, Row, Value } from "./rows";

export type State = "pending" | "saved" | "refused";

export interface CellState {
  state: State;
  /** What somebody typed. */
  value: Value;
  /** Why it was refused. */
  reason: string;
}

export class CellStates {
  private readonly marks = new Map<string, CellState>();

  of(id: number, field: string): CellState | undefined {
    return this.marks.get(`${id}/${field}`);
  }

  set(id: number, field: string, mark: CellState): void {
    this.marks.set(`${id}/${field}`, mark);
  }

  clear(id: number, field: string): void {
    this.marks.delete(`${id}/${field}`);
  }

  get pending(): boolean {
    return [...this.marks.values()].some((mark) => mark.state === "pending");
  }
}

/** What every cell and editor of a grid has at hand. */
export interface Context {
  names: Names;
  marks: CellStates;
  /** The column whose cells lead to the pages of the records. */
  first: string;
}

const SAYS: Record<State, string> = { pending: "saving", saved: "saved", refused: "not saved" };

/** A cell: its value, or what was typed over it with how that went. */
export function cellOf(
  column: Declared,
  { data, context }: ICellRendererParams<Row, unknown, Context>,
): HTMLElement | string {
  if (!data) return "";
  if (data.totals) return data.totals[column.name] ?? (column.name === context.first ? "All" : "");
  const { names, marks, first } = context;
  const mark = marks.of(data.id, column.name);
  const row = mark ? { ...data, [column.name]: mark.value } : data;
  const text = shown(column, row, names);
  const leads = column.name === first && !mark;
  const said = leads
    ? element("a", { href: data.html_url, tabindex: "-1" }, text)
    : element("span", {}, text);
  if (mark) {
    const why = mark.reason ? `: ${mark.reason}` : "";
    said.append(element("span", { class: "sr-only" }, `, ${SAYS[mark.state]}${why}`));
    said.title = mark.reason;
  }
  return said;
}
