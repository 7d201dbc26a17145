/** Someone else saved first: both versions side by side; what was typed stays in the form. */
import { announce, element } from "../shared/page";
import { summaryBox } from "./errors";
import { type Values, fieldsOf, labelOf } from "./fields";

interface Ways {
  /** What happened, and what the column of what was to be saved is called. */
  told: string;
  mine: string;
  /** Save what was typed over what is saved; null where that is not offered. */
  keep: (() => void) | null;
  reload: () => void;
}

export const OVERTAKEN = {
  told: "Someone saved this before you. What you typed is still here.",
  mine: "Yours",
};
export const NOT_TAKEN_BACK = {
  told: "Not taken back: someone changed it since. Nothing was written.",
  mine: "Before your change",
};

/** Show above the form what is saved now beside what was to be saved, and offer both. */
export function showConflict(
  host: HTMLElement,
  form: HTMLFormElement,
  mine: Values,
  current: Record<string, unknown>,
  { told, mine: heading, keep, reload }: Ways,
): void {
  const box = summaryBox(told);
  const offered = [button("Reload with what is saved", "btn-plain", reload)];
  if (keep) offered.unshift(button("Save mine over it", "btn-primary", keep));
  box.append(
    element("div", { class: "table-scroll" }, compared(form, mine, current, heading)),
    element("div", { class: "form-actions" }, ...offered),
  );
  host.prepend(box);
  box.focus();
  announce(`${told} Both versions are shown.`);
}

function compared(
  form: HTMLFormElement,
  mine: Values,
  current: Record<string, unknown>,
  heading: string,
) {
  const heads = ["Field", "Saved now", heading].map((text) =>
    element("th", { scope: "col" }, text),
  );
  const rows = Object.entries(mine).map(([name, value]) => {
    const field = fieldsOf(form).find((candidate) => candidate.name === name);
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, field ? labelOf(field) : name),
      element("td", {}, name in current ? shown(current[name]) : "not shown"),
      element("td", {}, shown(value)),
    );
  });
  const head = element("thead", {}, element("tr", {}, ...heads));
  return element("table", { class: "rows" }, head, element("tbody", {}, ...rows));
}

/** A stored value as people type it: numbers without the zeros they end in. */
function shown(raw: unknown): string {
  if (raw === null || raw === undefined || raw === "") return "empty";
  const text = typeof raw === "string" ? raw : JSON.stringify(raw);
  return text.replace(/^(-?\d+)\.0+$|^(-?\d+\.\d*?[1-9])0+$/, "$1$2");
}

function button(text: string, look: string, run: () => void): HTMLElement {
  const made = element("button", { type: "button", class: `btn ${look}` }, text);
  made.addEventListener("click", run);
  return made;
}
