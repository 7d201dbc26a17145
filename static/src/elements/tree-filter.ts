/** Narrows the tree beside a page to the lines that hold each word typed above it. */
import { plain } from "../shared/text";

export function narrow(input: HTMLInputElement): void {
  const words = plain(input.value).split(/\s+/).filter(Boolean);
  const tree = input
    .closest("nav")
    ?.querySelectorAll<HTMLLIElement>(".tree:not([aria-label]) li li");
  for (const line of tree ?? []) {
    const above = line.parentElement?.closest(".tree-branch")?.querySelector(":scope > a");
    const said = plain(`${above?.textContent ?? ""} ${line.textContent}`);
    line.hidden = !words.every((word) => said.includes(word));
    const branch = line.querySelector<HTMLDetailsElement>(":scope > details");
    if (!branch) continue;
    // A programme that is meant itself shows all of its projects, closed.
    const own = plain(line.querySelector(":scope > a")?.textContent ?? "");
    const meant = words.every((word) => own.includes(word));
    const current = branch.querySelector("[aria-current]") !== null;
    branch.open = words.length ? !meant : current;
  }
}
