/** The fields of a form: what they hold, how they are called, and how they are filled. */
import { typed, typedShare } from "../shared/numbers";

export type Value = string | boolean | string[] | null;
export type Values = Record<string, Value>;
export type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function isField(element: Element): element is Field {
  return (
    element instanceof HTMLInputElement ||
    element instanceof HTMLSelectElement ||
    element instanceof HTMLTextAreaElement
  );
}

function isBox(field: Field, type: "checkbox" | "radio"): field is HTMLInputElement {
  return field instanceof HTMLInputElement && field.type === type;
}

/** The fields that send something. */
export function fieldsOf(form: HTMLFormElement): Field[] {
  return [...form.elements].filter(isField).filter((field) => field.name && !field.disabled);
}

/** The fields that say why one change is made; they are no part of the record. */
export function reasonsOf(form: HTMLFormElement): Field[] {
  return fieldsOf(form).filter((field) => field.dataset.why !== undefined);
}

/** What a field is sent as; one of a rule whose name is typed beside it by that name. */
function nameOf(field: Field): string {
  const { namedBy } = field.dataset;
  if (namedBy === undefined) return field.name;
  const named = document.getElementById(namedBy);
  return field.name + (named instanceof HTMLInputElement ? named.value.trim() : "");
}

/**
 * What a form holds, by the names of its fields; boxes named `ids[]` are the list `ids` of those that are ticked, and
 * a select with `data-ends` holds what one of several fields is: its values are `field:value`.
 */
export function valuesOf(form: HTMLFormElement): Values {
  const values: Values = {};
  for (const field of fieldsOf(form)) {
    if (isBox(field, "checkbox") && field.name.endsWith("[]")) {
      const name = field.name.slice(0, -2);
      const ticked = (values[name] ?? []) as string[];
      values[name] = field.checked ? [...ticked, field.value] : ticked;
    } else if (field instanceof HTMLSelectElement && field.dataset.ends !== undefined) {
      const [name = "", id = ""] = field.value.split(":");
      if (id) values[name] = id;
    } else if (!isBox(field, "radio") || field.checked) {
      const name = nameOf(field);
      if (!name.endsWith(".")) values[name] = valueOf(field);
    }
  }
  return values;
}

/** What a form came with, whatever was typed into it before its script was there. */
export function offeredBy(form: HTMLFormElement): Values {
  const fresh = form.cloneNode(true) as HTMLFormElement;
  fresh.reset();
  return { ...valuesOf(form), ...valuesOf(fresh) }; // a field may stand outside of its form
}

/** The files that are chosen in a form, by the names of their fields. */
export function filesOf(form: HTMLFormElement): Record<string, File> {
  const files: Record<string, File> = {};
  for (const field of fieldsOf(form)) {
    const file = field instanceof HTMLInputElement ? field.files?.[0] : undefined;
    if (file) files[field.name] = file;
  }
  return files;
}

function valueOf(field: Field): Value {
  if (isBox(field, "checkbox")) return field.checked;
  if (field instanceof HTMLInputElement && field.type === "file") return toldOf(field.files?.[0]);
  if (field instanceof HTMLSelectElement && field.multiple) {
    return [...field.selectedOptions].map((option) => option.value);
  }
  return field.value.trim() === "" && field.dataset.empty !== "text" ? null : textOf(field);
}

/** What tells a file from another that was chosen before. */
function toldOf(file: File | undefined): string | null {
  return file ? [file.name, file.size, file.lastModified].join(" ") : null;
}

/** A number in the plain form of REST, whatever it was typed as; what is no number as it is, to be refused. */
function textOf(field: Field): string {
  if (!["decimal", "numeric"].includes(field.inputMode)) return field.value;
  const { share, unit } = field.dataset;
  const number = share === undefined ? typed(field.value, unit) : typedShare(field.value);
  return number ?? field.value;
}

/** Put values into the fields of their names. */
export function fill(form: HTMLFormElement, values: Values): void {
  for (const field of fieldsOf(form)) {
    if (!(field.name in values)) continue;
    const value = values[field.name];
    if (isBox(field, "checkbox")) field.checked = value === true;
    else if (isBox(field, "radio")) field.checked = field.value === value;
    else field.value = typeof value === "string" ? value : "";
  }
}

/** What the page calls a field: its label or, in a table without any, its row and its column. */
export function labelOf(field: Field): string {
  const label = field.labels?.[0];
  const said = (label?.querySelector(".name") ?? label)?.textContent ?? field.ariaLabel;
  return [tidy(said), placeOf(field)].find(Boolean) ?? field.name;
}

function placeOf(field: Field): string {
  const row = field.closest("tr")?.querySelector("th")?.textContent;
  const column = field.closest("td")?.dataset.label;
  return [row, column].map(tidy).filter(Boolean).join(", ");
}

function tidy(text: string | null | undefined): string {
  return text?.replaceAll(/\s+/g, " ").trim() ?? "";
}

/** Whether two values say the same. */
export function same(a: Value | undefined, b: Value | undefined): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** The value of a choice that none is meant, where that is an answer: what is left open is not sent. */
const NONE = "none:";

const LISTED = /^(\w+)\[(\d+)\]\.(\w+)$/;

/**
 * What is sent of values: `risks.12` is the member 12 of the object `risks`, `entries[2].value` the member `value` of
 * the third object of the list `entries`.
 */
export function bodyOf(values: Values): Record<string, Value | Values | Values[]> {
  const body: Record<string, Value | Values | Values[]> = {};
  const lists: Record<string, Values[]> = {};
  for (const [name, said] of Object.entries(values)) {
    const value = said === NONE ? null : said;
    const [, list, place, member] = LISTED.exec(name) ?? [];
    if (list !== undefined && place !== undefined && member !== undefined) {
      const rows = (lists[list] ??= []);
      rows[Number(place)] = { ...rows[Number(place)], [member]: value };
      continue;
    }
    const [outer = name, ...more] = name.split(".");
    const inner = more.join(".");
    body[outer] = more.length ? { ...(body[outer] as Values), [inner]: value } : value;
  }
  for (const [name, rows] of Object.entries(lists)) body[name] = rows.filter(Boolean);
  return body;
}

/** The same as a form with files, which JSON cannot hold. */
export function formOf(values: Values, files: Record<string, File>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "string" || typeof value === "boolean") {
      form.set(name, files[name] ?? value.toString());
    }
  }
  return form;
}
