/**
 * <pm-pasted>: a table of number fields that takes cells copied from a spreadsheet. They are filled in from the field
 * that has the focus on, downwards; nothing is saved before the form is.
 */
import { cellsIn } from "../grid/paste";
import { announce } from "../shared/page";

class PmPasted extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (/[\t\n]/.test(text.trimEnd()) && event.target instanceof HTMLInputElement) {
        event.preventDefault();
        this.fill(event.target, text);
      }
    });
  }

  private fill(from: HTMLInputElement, text: string): void {
    const column = from.name.split(".").at(-1) ?? "";
    const fields = [
      ...this.querySelectorAll<HTMLInputElement>(`input[inputmode=decimal][name$=".${column}"]`),
    ];
    // Of several columns the last is the amounts: those before it say of which period.
    const amounts = cellsIn(text).map((line) => line.at(-1)?.trim() ?? "");
    const free = fields.slice(Math.max(fields.indexOf(from), 0));
    const filled = free.slice(0, amounts.length);
    for (const [place, field] of filled.entries()) {
      field.value = amounts[place] ?? "";
      field.classList.add("pasted");
    }
    from.dispatchEvent(new Event("input", { bubbles: true }));
    const over = amounts.length - filled.length;
    const left = over > 0 ? ` ${over.toString()} did not fit.` : "";
    const said = `${filled.length.toString()} amounts filled in. Nothing is saved yet.${left}`;
    const status = this.querySelector("[data-pasted]");
    if (status) status.textContent = said;
    announce(said);
  }
}

customElements.define("pm-pasted", PmPasted);
