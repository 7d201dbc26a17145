/** Which row of a grid is the first in sight: `data-row` says it, for who comes back. */
import type { GridApi } from "ag-grid-community";
import type { Row } from "./rows";

export function keepRow(grid: HTMLElement, api: GridApi<Row>): void {
  const row = Number(grid.dataset.row ?? 0);
  if (row) api.addEventListener("firstDataRendered", () => api.ensureIndexVisible(row, "top"));
  api.addEventListener("bodyScrollEnd", () => {
    grid.dataset.row = String(api.getFirstDisplayedRowIndex());
  });
}
