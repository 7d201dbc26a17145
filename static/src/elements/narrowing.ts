/**
 * On a phone what narrows a list lies behind one button that says how many filters are set, and a long list shows its
 * first rows until the others are asked for. Both are opened by `data-unfolded`, which a live region leaves as it is.
 */
import { element } from "../shared/page";

const ARRANGING = new Set(["group", "order"]); // choices that leave nothing out
const FIRST = 30; // rows of a list on a phone, as `tables.css` shows them

/** Give each part with `data-narrows`, the words of its button, that button; and each long list one of its own. */
export function foldNarrowing(): void {
  for (const part of document.querySelectorAll<HTMLElement>("[data-narrows]")) {
    const button = part.querySelector<HTMLElement>(".narrowing") ?? begin(part);
    button.textContent = wordsOf(part);
  }
  for (const table of document.querySelectorAll<HTMLElement>("table.cards")) foldRows(table);
}

/** The words of the button, and how many filters of the form are set. */
function wordsOf(part: HTMLElement): string {
  const set = [...formOf(part).elements].filter(isSet).length;
  const words = part.dataset.narrows ?? "";
  return set ? `${words}: ${set} set` : words;
}

function formOf(part: HTMLElement): HTMLFormElement {
  const form = part.matches("form") ? part : part.querySelector("form.filters");
  if (!(form instanceof HTMLFormElement)) throw new Error("What narrows a list holds a form.");
  return form;
}

/** Whether a field narrows what is shown: a choice where none is to be made, something typed, or a filter that stands
 * in no field, which `data-filter` marks. */
function isSet(field: Element): boolean {
  if (field instanceof HTMLSelectElement) {
    return field.options[0]?.value === "" && field.value !== "" && !ARRANGING.has(field.name);
  }
  if (!(field instanceof HTMLInputElement) || !field.value) return false;
  if (field.type === "radio") return field.checked;
  return field.hasAttribute("data-filter") || ["text", "date"].includes(field.type);
}

function begin(part: HTMLElement): HTMLElement {
  const button = element("button", {
    type: "button",
    class: "narrowing btn btn-plain",
    "data-keep": "",
    "aria-expanded": String(part.hasAttribute("data-unfolded")),
  });
  button.addEventListener("click", () => {
    button.setAttribute("aria-expanded", String(part.toggleAttribute("data-unfolded")));
  });
  const search = part.querySelector(".search");
  if (search) search.after(button);
  else part.prepend(button);
  part.addEventListener("change", () => {
    button.textContent = wordsOf(part);
  });
  return button;
}

function foldRows(table: HTMLElement): void {
  const rows = table.querySelectorAll("tbody > tr").length;
  const there = table.nextElementSibling;
  if (table.hasAttribute("data-unfolded") || rows <= FIRST) {
    if (there?.matches(".more-rows")) there.remove();
    return;
  }
  if (there) return;
  const button = element(
    "button",
    { type: "button", class: "more-rows btn btn-quiet", "data-keep": "" },
    `Show all ${rows}`,
  );
  button.addEventListener("click", () => {
    const first = table.querySelector<HTMLElement>(`tbody > tr:nth-child(${FIRST + 1}) a`);
    table.setAttribute("data-unfolded", "");
    button.remove();
    first?.focus();
  });
  table.after(button);
}
