/**
 * <pm-grid id="grid" label="Risks" rows="120" told="{…}">: the list of a register as a grid, with what `grid/rows.ts`
 * describes.
 *
 * Cells are edited in place and saved one by one. The server's table stays inside: for a narrow screen, for paper, and
 * for who has no script. The element it lies in, `<pm-live>`, holds the nonce for the grid's styles.
 */
import {
  type CellKeyDownEvent,
  type GridApi,
  type GridOptions,
  type IRowNode,
  createGrid,
} from "ag-grid-community";
import { Bulk } from "../grid/bulk";
import { columnStates, columnsOf, orderOf, sortingOf } from "../grid/columns";
import { HEADER_HEIGHT, ROW_HEIGHT, theme } from "../grid/theme";
import { type Context, CellStates } from "../grid/cell-states";
import { meant } from "../grid/values";
import { Pasting, cellsIn } from "../grid/paste";
import { Names, pageOf } from "../grid/reader";
import { type Declared, type Row, type Told, type Value, alike, edits, take } from "../grid/rows";
import { type Seen, type Sheet, Writer } from "../grid/writer";
import { keepRow } from "../grid/place";
import { element, toast } from "../shared/page";
import type { Neighbour } from "./pm-explanation";

const BLOCK = 100;
const WIDE = matchMedia("(min-width: 48rem)");
const MOST_HEIGHT = "calc(100vh - 13rem)";

const SELECTION: GridOptions<Row> = {
  rowSelection: {
    mode: "multiRow",
    checkboxes: true,
    headerCheckbox: false,
    enableClickSelection: false,
  },
  selectionColumnDef: {
    headerName: "Selected",
    headerClass: "grid-selected",
    width: 40,
    pinned: "left",
    suppressHeaderMenuButton: true,
  },
};

class PmGrid extends HTMLElement implements Sheet {
  static readonly observedAttributes = ["told", "rows"];
  private api: GridApi<Row> | null = null;
  private declared: Told | null = null;
  private stale = false;
  private begun: Seen | null = null; // the cell that one types in, as it was then
  private readonly box = element("div", { class: "grid-box no-print", "data-keep": "" });
  private readonly way = element("a", { "data-explain": "", class: "sr-only", tabindex: "-1" });
  private readonly names = new Names();
  private readonly marks = new CellStates();
  private readonly bulk = new Bulk(this, this.names);
  private readonly writer = new Writer(this, this.names, this.marks, (entry) =>
    this.bulk.takeBack(entry),
  );
  private readonly mount = () => {
    if (WIDE.matches && !this.api && this.isConnected) this.show();
  };
  private readonly refresh = () => {
    this.stale = true;
    this.renew();
  };

  connectedCallback(): void {
    this.bulk.writer = this.writer;
    WIDE.addEventListener("change", this.mount);
    document.addEventListener("pm:refreshed", this.refresh);
    this.mount();
  }

  disconnectedCallback(): void {
    WIDE.removeEventListener("change", this.mount);
    document.removeEventListener("pm:refreshed", this.refresh);
    this.api?.destroy();
    this.api = null;
  }

  attributeChangedCallback(name: string): void {
    if (!this.api) return;
    if (name === "rows") this.fit();
    else this.retell();
  }

  told(): Told {
    this.declared ??= JSON.parse(this.getAttribute("told") ?? "{}") as Told;
    return this.declared;
  }

  private show(): void {
    const told = this.told();
    const context: Context = {
      names: this.names,
      marks: this.marks,
      first: told.columns[0]?.name ?? "",
    };
    const hint = element(
      "p",
      { class: "grid-hint quiet small" },
      "Enter or F2 edits, Esc leaves it, Tab goes on; Ctrl+Enter opens the record, Alt+Enter shows it beside, " +
        "Space selects it, " +
        "Ctrl+Z takes back, Ctrl+V pastes cells.",
      told.several_units ? " Amounts are in the unit of each record's portfolio." : "",
    );
    const place = element("div", { class: "grid-place" });
    this.box.replaceChildren(this.bulk.bar, place, hint, this.way);
    this.prepend(this.box);
    this.fit();
    this.api = createGrid<Row>(place, {
      theme,
      styleNonce: this.closest<HTMLElement>("pm-live")?.nonce ?? "",
      context,
      rowModelType: "infinite",
      cacheBlockSize: BLOCK,
      maxBlocksInCache: 20,
      getRowId: ({ data }) => String(data.id),
      columnDefs: columnsOf(told),
      ensureDomOrder: true,
      readOnlyEdit: true,
      stopEditingWhenCellsLoseFocus: true,
      enterNavigatesVertically: false,
      enterNavigatesVerticallyAfterEdit: true,
      suppressMovableColumns: true,
      suppressDragLeaveHidesColumns: true,
      ...(told.bulk ? SELECTION : {}),
      datasource: this.rows(),
      onCellEditRequest: ({ data, colDef, newValue }) => {
        const column = this.column(colDef.field ?? "");
        if (column) this.edited(data, column, newValue as Value, this.begun);
        this.begun = null;
      },
      onCellEditingStarted: ({ data, colDef }) => {
        this.begun = data ? this.writer.see(data, colDef.field ?? "") : null;
      },
      onCellEditingStopped: () => this.ended(),
      onSortChanged: ({ source }) => {
        if (source === "uiColumnSorted") this.order();
      },
      onSelectionChanged: () => this.bulk.select(this.selected()),
      onCellKeyDown: (event) => this.key(event as CellKeyDownEvent<Row>),
    });
    this.api.setGridAriaProperty("label", this.getAttribute("label"));
    keepRow(this, this.api);
    this.total();
    this.way.addEventListener("pm:neighbour", this.neighbour);
    this.box.addEventListener("paste", (event) => void this.paste(event));
    this.box.addEventListener("copy", (event) => this.copy(event));
    this.box.addEventListener("keydown", (event) => this.takeBack(event));
  }

  /** What the whole list comes to, below its rows. */
  private total(): void {
    const { totals } = this.told();
    const row = { id: 0, version: 0, html_url: "", totals };
    this.api?.setGridOption("pinnedBottomRowData", Object.keys(totals).length ? [row] : []);
  }

  /** As high as its rows, and no higher than the window. */
  private fit(): void {
    const below = Object.keys(this.told().totals).length ? ROW_HEIGHT : 0;
    const height = HEADER_HEIGHT + this.count() * ROW_HEIGHT + below + 20;
    const place = this.box.querySelector<HTMLElement>(".grid-place");
    if (place) place.style.height = `max(14rem, min(${height}px, ${MOST_HEIGHT}))`;
  }

  // Rows

  private rows() {
    return {
      getRows: (asked: {
        startRow: number;
        sortModel: { colId: string; sort: string | null }[];
        successCallback: (rows: Row[], last: number) => void;
        failCallback: () => void;
      }) => {
        void this.read(asked.startRow, orderOf(asked.sortModel)).then((page) => {
          if (page) asked.successCallback(page.results, page.count);
          else asked.failCallback();
        });
      },
    };
  }

  count(): number {
    return Number(this.getAttribute("rows") ?? 0);
  }

  async everyRow(most: number): Promise<Row[]> {
    const found: Row[] = [];
    const wanted = Math.min(most, this.count());
    for (let start = 0; start < wanted; start += BLOCK) {
      const page = await this.read(start, orderOf(sortingOf(this.api)));
      if (!page?.results.length) break;
      found.push(...page.results);
    }
    return found.slice(0, most);
  }

  private async read(start: number, sorted: string) {
    const { address, fields, columns, order } = this.told();
    const ordering = sorted || order;
    const page = await pageOf(address, {
      fields: fields.join(","),
      page: String(start / BLOCK + 1),
      page_size: String(BLOCK),
      ...(ordering ? { ordering } : {}),
    });
    if (page) await this.names.want(columns, page.results);
    return page;
  }

  /** Read anew what is loaded, once nobody types and nothing is on its way. */
  private renew(): void {
    if (!this.stale || !this.api || this.api.getEditingCells().length || this.marks.pending) return;
    this.stale = false;
    this.api.refreshInfiniteCache();
  }

  /** The page asks for something else: other filters, another order, other columns. */
  private retell(): void {
    const before = this.told();
    this.declared = null;
    const now = this.told();
    if (JSON.stringify(before.columns) !== JSON.stringify(now.columns)) {
      this.api?.setGridOption("columnDefs", columnsOf(now));
    }
    this.total();
    const sorted = orderOf(sortingOf(this.api)) || now.order;
    if (before.address !== now.address || sorted !== now.order) {
      if (sorted !== now.order) this.api?.applyColumnState({ state: columnStates(now) });
      this.api?.setGridOption("datasource", this.rows());
    }
  }

  /** The headings order the list through the address, as the form of filters does. */
  private order(): void {
    const form = document.querySelector<HTMLFormElement>("form.filters");
    if (!form) return;
    let field = form.querySelector<HTMLInputElement>("input[name=ordering]");
    if (!field) {
      field = element("input", { type: "hidden", name: "ordering" });
      form.append(field);
    }
    field.value = orderOf(sortingOf(this.api));
    form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private node(id: number): IRowNode<Row> | undefined {
    return this.api?.getRowNode(String(id));
  }

  async adopt(rows: readonly Row[]): Promise<void> {
    await this.names.want(this.told().columns, rows);
    for (const row of rows) {
      take(this.node(row.id)?.data, row);
      this.draw(row.id);
    }
  }

  draw(id: number): void {
    const node = this.node(id);
    if (node) this.api?.refreshCells({ rowNodes: [node], force: true });
    this.renew();
  }

  returnFocus(): void {
    const cell = this.api?.getFocusedCell();
    if (cell) this.api?.setFocusedCell(cell.rowIndex, cell.column);
  }

  private selected(): Row[] {
    return this.api?.getSelectedRows() ?? [];
  }

  deselect(): void {
    this.api?.deselectAll();
  }

  // Editing

  private column(name: string): Declared | undefined {
    return this.told().columns.find((each) => each.name === name);
  }

  private edited(row: Row, column: Declared, given: Value | undefined, begun?: Seen | null): void {
    const value = given ?? meant(column, "");
    const seen = begun ?? this.writer.see(row, column.name);
    if (edits(column, row) && !alike(value, seen.value)) {
      void this.writer.write(seen, column, value);
      return;
    }
    this.writer.leave(seen);
    if (edits(column, row)) this.writer.clear(row.id, column.name);
  }

  private ended(): void {
    if (this.begun) this.writer.leave(this.begun);
    this.begun = null;
    this.renew();
  }

  private key({ event, data, column }: CellKeyDownEvent<Row>): void {
    if (!(event instanceof KeyboardEvent) || !data || this.api?.getEditingCells().length) return;
    if (data.totals) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) location.assign(data.html_url);
    if (event.key === "Enter" && event.altKey) this.beside(data);
    const mark = this.marks.of(data.id, column.getColId());
    if (event.key === "Escape" && mark?.state === "refused") {
      this.writer.clear(data.id, column.getColId());
    }
  }

  /** Show a record beside the grid; once the panel closes, the focus comes back through the link. */
  private beside({ html_url }: Row): void {
    this.lead(html_url);
    this.way.click();
  }

  /** The link leads to a record, and its focus to the cell that has it now. */
  private lead(address: string): void {
    const cell = this.api?.getFocusedCell();
    this.way.href = address;
    this.way.onfocus = () => {
      if (cell) this.api?.setFocusedCell(cell.rowIndex, cell.column);
    };
  }

  /** The record so many rows on from the cell that has the focus. */
  private readonly neighbour = (event: Event) => {
    const { detail } = event as CustomEvent<Neighbour>;
    const cell = this.api?.getFocusedCell();
    const index = (cell?.rowIndex ?? 0) + detail.steps;
    // A row that there is not would be asked for.
    if (!cell || index < 0 || index >= this.count()) return;
    const address = this.api?.getDisplayedRowAtIndex(index)?.data?.html_url;
    if (!address) return;
    const take = () => {
      this.api?.ensureIndexVisible(index);
      this.api?.setFocusedCell(index, cell.column);
      this.lead(address);
      return this.way;
    };
    detail.found = { address, take };
  };

  private takeBack(event: KeyboardEvent): void {
    const asked = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
    if (!asked || event.shiftKey || this.api?.getEditingCells().length) return;
    event.preventDefault();
    void this.writer.undo();
  }

  // Cells of a spreadsheet

  private copy(event: ClipboardEvent): void {
    const cell = this.api?.getFocusedCell();
    const node = cell ? this.api?.getDisplayedRowAtIndex(cell.rowIndex) : undefined;
    const declared = this.column(cell?.column.getColId() ?? "");
    const chosen = getSelection()?.toString() ?? "";
    if (!node?.data || !declared || chosen || this.api?.getEditingCells().length) return;
    event.preventDefault();
    event.clipboardData?.setData("text/plain", this.bulk.shows(declared, node.data));
  }

  private async paste(event: ClipboardEvent): Promise<void> {
    const { api } = this;
    const cell = api?.getFocusedCell();
    if (!api || !cell || api.getEditingCells().length) return;
    event.preventDefault();
    const cells = cellsIn(event.clipboardData?.getData("text/plain") ?? "");
    const names = api.getAllDisplayedColumns().map((each) => each.getColId());
    const columns = names.slice(names.indexOf(cell.column.getColId()));
    const pasting = new Pasting(this.names);
    const found = await pasting.read(
      cells,
      cells.map((_, index) => api.getDisplayedRowAtIndex(cell.rowIndex + index)?.data),
      columns.map((name) => this.column(name)),
    );
    const [only] = found;
    if (found.length === 1 && only?.column && !only.refusal) {
      this.edited(only.row, only.column, only.value);
    } else if (this.told().bulk) await this.bulk.paste(found);
    else toast("The records of this list are changed one at a time.");
  }
}

customElements.define("pm-grid", PmGrid);
