/** The columns of a grid, from what the page tells of them; and the order of its rows. */
import type { ColDef, GridApi, ICellRendererParams } from "ag-grid-community";
import { Editor } from "./editor";
import { type Context, cellOf } from "./cell-states";
import { type Declared, type Row, type Told, edits, valueOf } from "./rows";

const WIDTHS: Record<string, number> = {
  code: 90,
  text: 240,
  choice: 120,
  day: 116,
  moment: 116,
  money: 120,
  number: 104,
  share: 104,
  hundred: 104,
  year: 90,
  flag: 90,
  record: 130,
  records: 180,
  list: 180,
};
const MOST = 420;

export function columnsOf(told: Told): ColDef<Row>[] {
  const sorted = told.order.split(",").map((each) => each.trim());
  return told.columns.map((column, index) => columnOf(column, index === 0, sorted));
}

/** What a grid is told when its rows are sorted otherwise. */
export function columnStates(told: Told) {
  return columnsOf(told).map(({ field = "", sort = null, sortIndex = null }) => ({
    colId: field,
    sort: typeof sort === "object" ? null : sort,
    sortIndex,
  }));
}

function columnOf(column: Declared, first: boolean, sorted: string[]): ColDef<Row> {
  const { name } = column;
  const place = sorted.findIndex((each) => each.replace("-", "") === name);
  const mark = (context: unknown, id: number | undefined) =>
    id === undefined ? undefined : (context as Context).marks.of(id, name)?.state;
  return {
    field: name,
    colId: name,
    headerName: column.label,
    width: Math.max(WIDTHS[column.look] ?? 140, 28 + column.label.length * 7),
    maxWidth: MOST,
    ...(column.look === "text" ? { flex: 1, minWidth: 220 } : {}),
    ...(first ? { pinned: "left" } : {}),
    sortable: column.orders,
    suppressHeaderMenuButton: true,
    sort: place < 0 ? null : sorted[place]?.startsWith("-") ? "desc" : "asc",
    sortIndex: place < 0 ? null : place,
    ...(column.figure ? { headerClass: "ag-right-aligned-header" } : {}),
    editable: ({ data, node }) => data !== undefined && !node.rowPinned && edits(column, data),
    cellEditor: Editor,
    cellEditorParams: { declared: column },
    valueGetter: ({ data }) => (data ? valueOf(data, name) : null),
    cellRenderer: (params: ICellRendererParams<Row, unknown, Context>) => cellOf(column, params),
    cellClass: column.figure ? "num" : "",
    cellClassRules: {
      "grid-fixed": ({ data }) => data !== undefined && !edits(column, data),
      "grid-pending": ({ context, data }) => mark(context, data?.id) === "pending",
      "grid-saved": ({ context, data }) => mark(context, data?.id) === "saved",
      "grid-refused": ({ context, data }) => mark(context, data?.id) === "refused",
    },
    suppressKeyboardEvent: ({ editing, event }) =>
      // Lines are broken in lines; elsewhere Shift+Enter is the grid's. Alt+Enter begins no edit.
      event.key === "Enter" &&
      (editing ? event.shiftKey && event.target instanceof HTMLTextAreaElement : event.altKey),
  };
}

interface Sorted {
  colId: string;
  sort: string | null;
}

/** How the headings order the rows now. */
export function sortingOf(api: GridApi<Row> | null): Sorted[] {
  const states = api?.getColumnState().filter(({ sort }) => sort) ?? [];
  return states
    .sort((one, other) => (one.sortIndex ?? 0) - (other.sortIndex ?? 0))
    .map(({ colId, sort }) => ({ colId, sort: typeof sort === "string" ? sort : null }));
}

/** An order as addresses say it. */
export function orderOf(sorted: readonly Sorted[]): string {
  return sorted.map(({ colId, sort }) => (sort === "desc" ? `-${colId}` : colId)).join(",");
}
