/**
 * The keyboard map: single letters lead to pages and along the rows of a table. `/help/` says which; whoever speaks to
 * their computer switches them off in their account.
 */

const WAIT = 1_500; // milliseconds after `g`
let going = 0;

/** Does what a key stands for; the page's own keys come first. */
export function pressed(event: KeyboardEvent): void {
  const page = Date.now() - going < WAIT ? pageOf(event.key) : undefined;
  going = event.key === "g" && !page ? Date.now() : 0;
  if (page) location.assign(page);
  else if (event.key === "?") click("a[data-help]");
  else if (event.key === "e") click("#main a[data-edit]");
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
}

function click(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.click();
}

function pageOf(key: string): string | undefined {
  const links = document.querySelectorAll<HTMLAnchorElement>("[data-go]");
  return [...links].find((link) => link.dataset.go === key)?.href;
}

/** Moves the focus to the link of the row so many further in the table, or to the first. */
function step(steps: number): void {
  const rows = [...document.querySelectorAll("#main tbody tr")];
  const links = rows.flatMap((row) => row.querySelector<HTMLElement>("a[href]") ?? []);
  const here = links.findIndex((link) => link.closest("tr")?.contains(document.activeElement));
  const next = links[here < 0 ? 0 : Math.min(Math.max(here + steps, 0), links.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
