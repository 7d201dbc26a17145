/** Chooses a record by what it is called: one types, and those that fit are listed below. */
import { announce, element } from "../shared/page";
import { plain } from "../shared/text";
import type { Called, Names } from "./reader";
import type { Declared, Related, Value } from "./rows";

const WAIT = 180;
let made = 0;

export class RecordPicker {
  readonly field: HTMLInputElement;
  readonly box: HTMLElement;
  /** The id of the record that is chosen; null for none. */
  chosen: Value;
  private readonly of: Related;
  private readonly list: HTMLElement;
  private found: Called[] = [];
  private active = -1;
  private timer = 0;
  private asked = 0;

  constructor(
    declared: Declared,
    private readonly names: Names,
    value: Value,
    typed: string,
  ) {
    if (!declared.of) throw new Error("A record is chosen in a relation.");
    this.of = declared.of;
    this.chosen = value;
    const id = `grid-records-${++made}`;
    this.list = element("ul", { id, role: "listbox", "aria-label": declared.label });
    this.field = element("input", {
      type: "text",
      class: "grid-field",
      role: "combobox",
      "aria-label": declared.label,
      "aria-expanded": "true",
      "aria-controls": id,
      "aria-autocomplete": "list",
      autocomplete: "off",
    });
    this.field.value = typed || this.now;
    this.box = element("div", { class: "grid-picker" }, this.field, this.list);
    this.field.addEventListener("input", () => this.search());
    this.field.addEventListener("keydown", (event) => this.key(event));
    // A click is a choice, and leaves the focus where it is.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.clicked(event));
  }

  private get now(): string {
    if (typeof this.chosen !== "number") return "";
    return this.names.of(this.of, this.chosen)?.long ?? "";
  }

  /** The id that is chosen; text that fits no record as it is, to be refused. */
  get value(): Value {
    return this.chosen ?? (this.field.value.trim() || null);
  }

  async open(): Promise<void> {
    await this.fetch(this.field.value === this.now ? "" : this.field.value);
  }

  close(): void {
    window.clearTimeout(this.timer);
    this.asked += 1;
  }

  private search(): void {
    window.clearTimeout(this.timer);
    const typed = plain(this.field.value.trim());
    // What is listed already answers at once: who types fast does not wait for the server.
    const fits = this.found.filter(({ long }) => plain(long).includes(typed));
    if (typed) this.offer(fits, true);
    else this.chosen = null;
    this.timer = window.setTimeout(() => void this.fetch(this.field.value), WAIT);
  }

  private async fetch(typed: string): Promise<void> {
    const asked = ++this.asked;
    const found = await this.names.search(this.of, typed);
    if (asked !== this.asked) return; // something else was typed since
    const text = this.field.value.trim();
    const all = text === "" || text === this.now;
    // More may have been typed since it was asked for.
    const fits = found.filter(({ long }) => plain(long).includes(plain(text)));
    this.offer(all || text === typed.trim() ? found : fits, !all);
    if (typed.trim()) announce(found.length ? `${found.length} fit` : "None fits");
  }

  private offer(found: Called[], typed: boolean): void {
    this.found = found;
    this.active = typed && found.length ? 0 : -1;
    if (typed) this.chosen = found[0]?.id ?? this.chosen;
    this.draw();
  }

  private draw(): void {
    const options = this.found.map(({ long }, index) => {
      const id = `${this.list.id}-${index}`;
      const selected = String(index === this.active);
      return element("li", { id, role: "option", "aria-selected": selected }, long);
    });
    this.list.replaceChildren(...options);
    if (this.active < 0) this.field.removeAttribute("aria-activedescendant");
    else this.field.setAttribute("aria-activedescendant", `${this.list.id}-${this.active}`);
    options[this.active]?.scrollIntoView({ block: "nearest" });
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !this.found.length) return;
    event.preventDefault();
    event.stopPropagation();
    this.active = (this.active + step + this.found.length) % this.found.length;
    this.choose();
    this.draw();
  }

  private choose(): void {
    const chosen = this.found[this.active];
    if (!chosen) return;
    this.chosen = chosen.id;
    this.field.value = chosen.long;
  }

  private clicked(event: MouseEvent): void {
    const item = (event.target as Element).closest("li");
    this.active = item ? [...this.list.children].indexOf(item) : -1;
    this.choose();
    this.draw();
  }
}
