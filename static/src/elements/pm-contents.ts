/**
 * <pm-contents hidden>: the sections of a long page, with the one that is read marked.
 *
 * On a phone the sections within `data-folds` show their heading alone, and what has `data-more` its first lines,
 * until they are opened: by `data-unfolded`, which a live region leaves as it is.
 */
import { element, elementNamed } from "../shared/page";

const ENOUGH = 4; // sections
const LONG = 2; // windows high
const BESIDE = 40; // pixels by which headings of one row may differ
const TOP = 100; // pixels: below the bar at the top, where a link to a heading leads
const NARROW = matchMedia("(max-width: 47.99rem)");

class PageContents extends HTMLElement {
  private headings: HTMLElement[] = [];
  private drawn = "";
  private asked = 0;

  connectedCallback(): void {
    this.refresh();
    document.addEventListener("pm:refreshed", () => this.refresh());
    addEventListener("scroll", () => this.later(), { passive: true });
    addEventListener("hashchange", () => this.show(location.hash));
    new ResizeObserver(() => this.later()).observe(document.documentElement);
    new ResizeObserver(() => {
      document.body.style.setProperty("--contents-height", `${this.offsetHeight}px`);
    }).observe(this);
    NARROW.addEventListener("change", () => this.shut());
    this.addEventListener("click", (event) => this.onClick(event));
    this.shut();
    this.show(location.hash);
  }

  private get box(): HTMLDetailsElement | null {
    return this.querySelector("details");
  }

  /** On a phone the list is shut until it is asked for. */
  private shut(): void {
    if (this.box) this.box.open = !NARROW.matches;
  }

  private later(): void {
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.mark();
    });
  }

  private refresh(): void {
    addFolds();
    addMore();
    this.headings = [...document.querySelectorAll<HTMLElement>("main h2[id]:not(.sr-only)")].filter(
      (heading) => heading.checkVisibility() && !heading.closest(".figure-box, dialog"),
    );
    const links = this.headings.map(({ id, textContent }) => [id, textContent.trim()] as const);
    const drawn = JSON.stringify(links);
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.querySelector("ol")?.replaceChildren(
        ...links.map(([id, words]) => element("li", {}, element("a", { href: `#${id}` }, words))),
      );
    }
    this.mark();
  }

  /**
   * Marks the section that is read: the last whose heading has come to the top, at the end of the page the last of
   * all; before it the one that the address names, where that stands beside, or in sight at the end.
   */
  private mark(): void {
    const { scrollHeight } = document.documentElement;
    this.hidden = this.headings.length < ENOUGH || scrollHeight < LONG * innerHeight;
    if (this.hidden) return;
    const ended = scrollY + innerHeight >= scrollHeight - 2;
    const passed = this.headings.filter((heading) => topOf(heading) < TOP);
    const last = ended ? this.headings.at(-1) : passed.at(-1);
    const named = this.headings.find(({ id }) => `#${id}` === location.hash);
    const least = ended || !last ? 0 : topOf(last) - BESIDE;
    const here =
      last && named && topOf(named) >= least && topOf(named) <= topOf(last) ? named : last;
    for (const link of this.querySelectorAll("a")) {
      if (link.hash === `#${here?.id ?? ""}`) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
  }

  private onClick(event: MouseEvent): void {
    const link = (event.target as Element).closest("a");
    if (!link) return;
    this.show(link.hash);
    this.shut();
  }

  /** Opens what lies folded around what an address names. */
  private show(hash: string): void {
    const section = elementNamed(hash)?.closest<HTMLElement>("[data-folds] .section");
    if (section) unfold(section, true);
  }
}

function topOf(heading: HTMLElement): number {
  return heading.getBoundingClientRect().top;
}

/** Gives each section that folds on a phone a button that opens it. */
function addFolds(): void {
  for (const section of document.querySelectorAll<HTMLElement>("[data-folds] .section")) {
    const header = section.querySelector<HTMLElement>(":scope > header");
    if (!header || header.querySelector(":scope > .unfold")) continue;
    const words = header.querySelector("h2")?.textContent.trim() ?? "";
    const open = section.hasAttribute("data-unfolded");
    const button = element("button", {
      type: "button",
      class: "unfold",
      "data-keep": "",
      "aria-expanded": String(open),
      "aria-label": words,
    });
    header.append(button);
    header.addEventListener("click", (event) => {
      const pressed = (event.target as Element).closest("a, button, summary");
      if (pressed && pressed !== button) return;
      if (NARROW.matches) unfold(section, !section.hasAttribute("data-unfolded"));
    });
  }
}

/** Gives what has more to say than a phone shows at first a button with the words of its `data-more`. */
function addMore(): void {
  for (const part of document.querySelectorAll<HTMLElement>("[data-more]")) {
    if (part.querySelector(":scope > .say-more")) continue;
    const button = element(
      "button",
      {
        type: "button",
        class: "say-more btn btn-quiet",
        "data-keep": "",
        "aria-expanded": String(part.hasAttribute("data-unfolded")),
      },
      part.dataset.more ?? "",
    );
    button.addEventListener("click", () => {
      button.setAttribute("aria-expanded", String(part.toggleAttribute("data-unfolded")));
    });
    part.append(button);
  }
}

function unfold(section: HTMLElement, open: boolean): void {
  section.toggleAttribute("data-unfolded", open);
  section.querySelector(":scope > header > .unfold")?.setAttribute("aria-expanded", String(open));
}

customElements.define("pm-contents", PageContents);
