/** The grid's modules, and its look from the tokens that light and dark give other values. */
import {
  CellApiModule,
  CellStyleModule,
  ColumnApiModule,
  CustomEditorModule,
  EventApiModule,
  InfiniteRowModelModule,
  ModuleRegistry,
  PinnedRowModule,
  RenderApiModule,
  RowApiModule,
  RowSelectionModule,
  ScrollApiModule,
  checkboxStyleDefault,
  createTheme,
  iconSetQuartzRegular,
} from "ag-grid-community";

ModuleRegistry.registerModules([
  CellApiModule,
  CellStyleModule,
  ColumnApiModule,
  CustomEditorModule,
  EventApiModule,
  InfiniteRowModelModule,
  PinnedRowModule,
  RenderApiModule,
  RowApiModule,
  RowSelectionModule,
  ScrollApiModule,
]);

const { density } = document.documentElement.dataset;
export const ROW_HEIGHT = density === "comfortable" ? 36 : 28;
export const HEADER_HEIGHT = 32;

export const theme = createTheme()
  .withPart(checkboxStyleDefault)
  .withPart(iconSetQuartzRegular)
  .withParams({
    accentColor: "var(--pm-accent)",
    backgroundColor: "var(--pm-surface)",
    foregroundColor: "var(--pm-ink)",
    textColor: "var(--pm-ink)",
    subtleTextColor: "var(--pm-quiet)",
    borderColor: "var(--pm-line)",
    chromeBackgroundColor: "var(--pm-raised)",
    headerBackgroundColor: "var(--pm-raised)",
    headerTextColor: "var(--pm-quiet)",
    headerFontSize: "0.75rem",
    headerFontWeight: 600,
    rowHoverColor: "var(--pm-raised)",
    oddRowBackgroundColor: "var(--pm-surface)",
    selectedRowBackgroundColor: "var(--pm-accent-soft)",
    cellTextColor: "var(--pm-ink)",
    checkboxUncheckedBorderColor: "var(--pm-line-strong)",
    checkboxUncheckedBackgroundColor: "var(--pm-surface)",
    checkboxCheckedBackgroundColor: "var(--pm-accent)",
    checkboxCheckedBorderColor: "var(--pm-accent)",
    checkboxCheckedShapeColor: "var(--pm-accent-ink)",
    fontFamily: "inherit",
    fontSize: "0.8125rem",
    rowHeight: ROW_HEIGHT,
    headerHeight: HEADER_HEIGHT,
    cellHorizontalPadding: 8,
    wrapperBorder: false,
    wrapperBorderRadius: 0,
    spacing: 4,
  });
