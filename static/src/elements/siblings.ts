/**
 * The switcher of the breadcrumb: behind the name of a portfolio, a programme or a project a menu of those beside it.
 * They stand in the tree beside the page already, as far as one may see them.
 */
import { element } from "../shared/page";

const TREE = ".nav-wide .tree[aria-label='Programmes and projects']";

/** The links of the tree that stand beside the one with this address, it among them. */
function besides(address: string): HTMLAnchorElement[] {
  const links = [...document.querySelectorAll<HTMLAnchorElement>(`${TREE} a`)];
  const list = links.find((link) => link.pathname === address)?.closest("ul");
  return list ? [...list.querySelectorAll<HTMLAnchorElement>(":scope > li > a")] : [];
}

function menuOf(called: string, address: string, links: HTMLAnchorElement[]): HTMLElement {
  const label = `Beside ${called}`;
  const lines = links.map((link) => {
    const here = link.pathname === address ? { "aria-current": "true" } : {};
    const words = (link.querySelector(".name") ?? link).textContent.trim();
    return element("a", { class: "btn btn-quiet", href: link.pathname, ...here }, words);
  });
  const menu = element("nav", { class: "menu", "aria-label": label }, ...lines);
  const summary = element("summary", { "aria-label": label, title: label }, "▾");
  const box = element("details", { class: "registers-menu siblings" }, summary, menu);
  // The way is cut off where it is too long, the menu is not.
  box.addEventListener("toggle", () => {
    const { left, bottom } = summary.getBoundingClientRect();
    Object.assign(menu.style, { left: `${String(left)}px`, top: `${String(bottom)}px` });
    if (box.open) {
      menu.querySelector<HTMLElement>("[aria-current]")?.scrollIntoView({ block: "nearest" });
    }
  });
  return box;
}

/** Offers it for each step of the way that has others beside it. */
export function offerSiblings(): void {
  for (const step of document.querySelectorAll<HTMLElement>(".crumbs li")) {
    const link = step.querySelector("a");
    const address = link?.pathname ?? location.pathname;
    const links = besides(address);
    if (links.length > 1) step.append(menuOf(step.textContent.trim(), address, links));
  }
}
