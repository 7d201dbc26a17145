/** What a page tells its grid, and what REST answers of each record. */

/** Where the names of related records are read. */
export interface Related {
  collection: string;
  /** The fields that hold code and name; empty where there is none. */
  code: string;
  name: string;
  /** Whether the name, not the code, is the short form. */
  by_name: boolean;
  one: string;
}

export interface Declared {
  name: string;
  label: string;
  look: string;
  figure: boolean;
  /** What its money is in; empty where there is none, or several. */
  unit: string;
  orders: boolean;
  choices: [string | number, string][];
  edits: boolean;
  /** Whether it is changed only where something stands in it. */
  where_filled: boolean;
  instead: string[];
  of: Related | null;
}

/** A verb that is done to many records at once, and what it asks for. */
export interface ToldVerb {
  noun: string;
  title: string;
  says: string;
  fields: (Declared & { required: boolean })[];
}

export interface Told {
  collection: string;
  address: string;
  order: string;
  one: string;
  called: string;
  fields: string[];
  several_units: boolean;
  /** Whether many records are written at once. */
  bulk: boolean;
  verbs: ToldVerb[];
  deletes: boolean;
  /** What the whole list comes to, by column. */
  totals: Record<string, string>;
  columns: Declared[];
}

/** A value as REST gives and takes it. */
export type Value = string | number | boolean | null;

export interface Row {
  id: number;
  version: number;
  html_url: string;
  /** Of the row below all others alone: what they come to. */
  totals?: Record<string, string>;
  [field: string]: unknown;
}

const CUSTOM = "custom.";

/** What stands in a field of a row; a custom field is a field of a list, and lies within a whole record. */
export function within(row: Row, field: string): unknown {
  if (field in row || !field.startsWith(CUSTOM)) return row[field];
  return (row.custom as Record<string, unknown> | undefined)?.[field.slice(CUSTOM.length)];
}

/** The field of a list that a pointer within a record means. */
export function fieldAt(pointer: string): string {
  const [name = "", member] = pointer.replace(/^#?\//, "").split("/");
  return `${name}.` === CUSTOM && member ? `${CUSTOM}${member}` : name;
}

/** Take over what is stored now of a row, if it is there. */
export function take(row: Row | undefined, now: Row): void {
  if (row) Object.assign(row, now);
  if (!row || !now.custom) return;
  const custom = Object.keys(row).filter((field) => field.startsWith(CUSTOM));
  for (const field of custom) row[field] = within(now, field) ?? null;
}

/** A value of a row: what is no list. */
export function valueOf(row: Row, field: string): Value {
  const value = within(row, field);
  return value === undefined || typeof value === "object" ? null : (value as Value);
}

/** Whether both say the same, in whatever form either writes a number or nothing. */
export function alike(one: unknown, other: unknown): boolean {
  const [a, b] = [one, other].map((value) => asText(value));
  if (a === b) return true;
  return a !== "" && b !== "" && Number(a) === Number(b);
}

/** A value as text; nothing for none. */
export function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Whether a cell takes what somebody types. */
export function edits(column: Declared, row: Row): boolean {
  return column.edits && (!column.where_filled || valueOf(row, column.name) !== null);
}
