/** What one types in: a line, lines, a day, a choice, or a record that is searched for. */
import type { ICellEditorComp, ICellEditorParams } from "ag-grid-community";
import { element } from "../shared/page";
import { asTyped, isNumber, meant } from "./values";
import type { Context } from "./cell-states";
import { RecordPicker } from "./picker";
import type { Names } from "./reader";
import { type Declared, type Row, type Value, valueOf } from "./rows";

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
export type Editing = ICellEditorParams<Row, unknown, Context> & { declared: Declared };

/** What the cell holds, or what was typed into it and refused. */
function held({ declared, data, context }: Editing): Value {
  const mark = context.marks.of(data.id, declared.name);
  return mark ? mark.value : valueOf(data, declared.name);
}

/** The printable key that began it. */
function firstKey({ eventKey }: Editing): string {
  return eventKey?.length === 1 ? eventKey : "";
}

export class Editor implements ICellEditorComp<Row, unknown, Context> {
  private field!: Field;
  private picker: RecordPicker | null = null;
  private params!: Editing;

  init(params: Editing): void {
    this.params = params;
    const { declared } = params;
    const value = held(params);
    const key = firstKey(params);
    if (declared.of) {
      this.picker = new RecordPicker(declared, params.context.names, value, key);
      this.field = this.picker.field;
      return;
    }
    this.field = fieldOf(declared, value);
    const types = this.field instanceof HTMLInputElement && this.field.type === "text";
    this.field.value = key && types ? key : asTyped(declared, value);
    this.field.className = "grid-field";
    this.field.setAttribute("aria-label", declared.label);
  }

  getGui(): HTMLElement {
    return this.picker?.box ?? this.field;
  }

  isPopup(): boolean {
    return this.picker !== null || this.field instanceof HTMLTextAreaElement;
  }

  afterGuiAttached(): void {
    // Enter in a popup ends the edit here: the grid hears of it only from its own cells.
    if (this.isPopup()) this.getGui().addEventListener("keydown", (event) => this.end(event));
    this.field.focus();
    if (!firstKey(this.params) && this.field instanceof HTMLInputElement) this.field.select();
    if (this.picker) void this.picker.open();
  }

  private end(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.params.stopEditing(false, event);
  }

  getValue(): Value {
    if (this.picker) return this.picker.value;
    const now = held(this.params);
    const { declared, data } = this.params;
    // What was not touched stays as it is, in whatever form it is stored.
    if (this.field.value === asTyped(declared, now)) return now;
    return meant(declared, this.field.value, data);
  }

  destroy(): void {
    this.picker?.close();
  }
}

/** A field for a value of a column, outside the grid. */
export interface ValueField {
  input: HTMLElement;
  box: HTMLElement;
  value: () => Value;
}

export function fieldFor(declared: Declared, names: Names): ValueField {
  if (declared.of) {
    const picker = new RecordPicker(declared, names, null, "");
    picker.field.classList.add("form-control");
    picker.field.addEventListener("focus", () => void picker.open());
    return { input: picker.field, box: picker.box, value: () => picker.value };
  }
  const input = fieldOf(declared, null);
  input.className = input instanceof HTMLSelectElement ? "form-select" : "form-control";
  return { input, box: input, value: () => meant(declared, input.value) };
}

function fieldOf(declared: Declared, value: Value): Field {
  if (declared.look === "choice") return choices(declared.choices, value);
  if (declared.look === "flag") {
    const words: [string, string][] = [
      ["true", "Yes"],
      ["false", "No"],
    ];
    return choices(words, value);
  }
  if (typeof value === "string" && value.includes("\n")) return element("textarea", { rows: "6" });
  const type = declared.look === "day" ? "date" : "text";
  const mode: Record<string, string> = isNumber(declared) ? { inputmode: "decimal" } : {};
  return element("input", { type, autocomplete: "off", ...mode });
}

function choices(offered: [string | number, string][], value: Value): HTMLSelectElement {
  const options = offered.map(([each, words]) =>
    element("option", { value: String(each) }, words.charAt(0).toUpperCase() + words.slice(1)),
  );
  const none = value === null || value === "" ? [element("option", { value: "" }, "–")] : [];
  return element("select", {}, ...none, ...options);
}
