/** How the values of a column look, how they are typed, and what is meant by what was typed. */
import { dayIn } from "../shared/days";
import { typed, typedShare } from "../shared/numbers";
import { locale, moneyUnit, words } from "../shared/page";
import { folded } from "../shared/text";
import { HIDDEN, type Names, idsIn } from "./reader";
import { type Declared, type Row, type Value, asText } from "./rows";

const NOTHING = "–";
const NUMBERS = new Set(["money", "number", "share", "hundred", "year"]);
const grouped = new Intl.NumberFormat(locale, { maximumFractionDigits: 10 });
const withPence = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 });

export function isNumber(column: Declared): boolean {
  return NUMBERS.has(column.look);
}

/** What a cell shows. */
export function shown(column: Declared, row: Row, names: Names): string {
  const value = row[column.name];
  if (column.of) return related(column, row, names);
  if (value === null || value === undefined || value === "") return NOTHING;
  if (Array.isArray(value)) return value.join(" ") || NOTHING;
  return LOOKS[column.look]?.(asText(value), column) ?? asText(value);
}

function related(column: Declared, row: Row, names: Names): string {
  const { of } = column;
  const ids = idsIn(row[column.name]);
  if (!of || !ids.length) {
    const told = column.instead.map((name) => row[name]).find(Boolean);
    return asText(told) || NOTHING;
  }
  const short = (id: number): string => {
    const found = names.of(of, id);
    return found === undefined ? "…" : (found?.short ?? HIDDEN);
  };
  return ids.map(short).join(", ");
}

const LOOKS: Record<string, (value: string, column: Declared) => string> = {
  money: (value) => number(value, Number(value) % 1 ? withPence : grouped),
  number: (value) => number(value, grouped),
  share: (value) => `${number(String(Number((Number(value) * 100).toFixed(6))), grouped)}%`,
  hundred: (value) => `${number(value, grouped)}%`,
  day: (value) => words(value),
  moment: (value) => words(value.slice(0, 10)),
  flag: (value) => (value === "true" ? "Yes" : "No"),
  choice: (value, { choices }) => {
    const said =
      choices.find(([each]) => String(each) === value)?.[1] ?? value.replaceAll("_", " ");
    return said.charAt(0).toUpperCase() + said.slice(1);
  },
};

function number(value: string, format: Intl.NumberFormat): string {
  const plain = Number(value);
  return Number.isNaN(plain) ? value : format.format(plain).replace("-", "−");
}

/** A value as people type it: numbers without grouping and without the zeros they end in. */
export function asTyped(column: Declared, value: Value): string {
  if (value === null) return "";
  const text = String(value);
  return isNumber(column) ? text.replace(/^(-?\d+)\.0+$|^(-?\d+\.\d*?[1-9])0+$/, "$1$2") : text;
}

/** What was typed, or pasted, as REST takes it; what means nothing stays as it is, to be refused. */
export function meant(column: Declared, text: string, row?: Row): Value {
  const plain = text.trim();
  if (plain === "" || plain === NOTHING) return column.look === "text" ? "" : null;
  if (column.look === "share") return typedShare(plain) ?? plain;
  if (isNumber(column)) return typed(plain, unitOf(column, row)) ?? plain;
  if (column.look === "day") return dayIn(plain) ?? plain;
  if (column.look === "flag") return /^(yes|true|1)$/i.test(plain);
  if (column.look === "choice") return choiceIn(column, plain) ?? plain;
  return text;
}

/** What an amount is in: the unit of all money, in the currency of its row, or that of its row, where this is none. */
function unitOf(column: Declared, row?: Row): string {
  if (!row || !("unit" in row)) return column.unit;
  if (!row.currency) return asText(row.unit);
  return column.unit && moneyUnit(asText(row.currency), 1) + (/[km]$/.exec(column.unit)?.[0] ?? "");
}

function choiceIn({ choices }: Declared, text: string): string | number | null {
  const wanted = folded(text);
  const fits = ([value, said]: [string | number, string]): boolean =>
    [String(value), said].some((each) => folded(each) === wanted);
  return choices.find(fits)?.[0] ?? null;
}

/** What is typed over a record, in full: for messages and comparisons. */
export function told(column: Declared, value: unknown, row: Row, names: Names): string {
  return shown(column, { ...row, [column.name]: value }, names);
}
