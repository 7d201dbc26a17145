/** Shows what is stored beside what somebody wanted, and asks which is to stand. */
import { announce, element } from "../shared/page";

export interface Difference {
  what: string;
  now: string;
  yours: string;
}

interface Way {
  label: string;
  look: string;
  answer: string;
  disabled?: boolean;
}

/** Ask in a dialog; the answer of the button that was pressed, empty when it was closed. */
export function ask(title: string, content: Node[], ways: Way[]): Promise<string> {
  const buttons = ways.map(({ label, look, answer, disabled }) => {
    const button = element(
      "button",
      { type: "submit", class: `btn ${look}`, value: answer },
      label,
    );
    button.disabled = disabled ?? false;
    return button;
  });
  const heading = element("h2", { id: "grid-asks" }, title);
  const actions = element("div", { class: "form-actions" }, ...buttons);
  const form = element("form", { method: "dialog" }, heading, ...content, actions);
  const attributes = { class: "grid-dialog", "aria-labelledby": "grid-asks" };
  const dialog = element("dialog", attributes, form);
  document.body.append(dialog);
  dialog.showModal();
  announce(title);
  return new Promise((answered) => {
    dialog.addEventListener("close", () => {
      const { returnValue } = dialog;
      dialog.remove();
      answered(returnValue);
    });
  });
}

/** Show both, and ask whether mine is written over theirs. */
export async function choose(title: string, differences: Difference[]): Promise<boolean> {
  const answer = await ask(
    title,
    [compared(differences, "Saved now", "Yours")],
    [
      { label: "Keep theirs", look: "btn-primary", answer: "theirs" },
      { label: "Save mine over it", look: "btn-plain", answer: "mine" },
    ],
  );
  return answer === "mine";
}

/** Show both; there is nothing to choose. */
export async function inform(title: string, differences: Difference[]): Promise<void> {
  const close = { label: "Close", look: "btn-primary", answer: "" };
  await ask(title, [compared(differences, "Saved now", "Before your change")], [close]);
}

function compared(differences: Difference[], now: string, yours: string): HTMLElement {
  const rows = differences.map((each) => [each.what, each.now, each.yours]);
  return table(["What", now, yours], rows);
}

/** A table of texts; the first of each row is its heading. */
export function table(heads: string[], rows: (string | Node)[][]): HTMLElement {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  const lines = rows.map(([first = "", ...others]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, first),
      ...others.map((each) => element("td", {}, each)),
    ),
  );
  const made = element(
    "table",
    { class: "rows" },
    element("thead", {}, head),
    element("tbody", {}, ...lines),
  );
  const box = {
    class: "table-scroll",
    tabindex: "0",
    role: "group",
    "aria-label": heads.join(", "),
  };
  return element("div", box, made);
}
