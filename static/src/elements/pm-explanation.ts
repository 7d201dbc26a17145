/**
 * The explanation panel: any link marked `data-explain` opens its page's content in a side `<dialog>`.
 * Without script the same link is a page. Escape closes; the focus goes back to the figure.
 *
 * A record of a list has its neighbours one step away: the links of the rows of its table, or those that who hears
 * `pm:neighbour` on the opener names.
 */
import htmx from "htmx.org";

/** A record of a list: its address, and what makes it the one that the list is at, with the link that leads to it. */
export interface Step {
  address: string;
  take: () => HTMLAnchorElement;
}

/** Asks for the record that lies so many rows on; who knows answers by `found`. */
export interface Neighbour {
  steps: number;
  found: Step | null;
}

/** What opens the panel: a link, which may stand in a picture. */
type Opener = HTMLElement | SVGElement;

class ExplainPanel extends HTMLElement {
  private trail: string[] = [];
  private opener: Opener | null = null;

  connectedCallback(): void {
    const dialog = this.dialog;
    document.addEventListener("click", (event) => this.onClick(event));
    document.addEventListener("pm:refreshed", () => {
      const here = this.trail.at(-1);
      if (dialog.open && here) void this.load(here, false, true);
    });
    // Who comes back finds what was open.
    this.addEventListener("pm:show", ((event: CustomEvent<string>) => {
      const links = document.querySelectorAll<Opener>("a[data-explain]");
      this.opener = [...links].find((link) => addressOf(link) === event.detail) ?? null;
      this.trail = [event.detail];
      void this.load(event.detail);
    }) as EventListener);
    dialog.addEventListener("close", () => {
      this.trail = [];
      this.tell("");
      if (this.opener?.isConnected) this.opener.focus();
      else {
        document
          .querySelector<HTMLElement>(
            `a[data-explain][href="${this.opener?.getAttribute("href") ?? ""}"]`,
          )
          ?.focus();
      }
    });
    // A click beside the panel closes it.
    dialog.addEventListener("click", (event) => {
      const beside = event.clientX < dialog.getBoundingClientRect().left;
      if (event.target === dialog && beside) dialog.close();
    });
    // Another period of the same figure stays where it is.
    dialog.addEventListener("submit", (event) => {
      const form = event.target as HTMLFormElement;
      if (!form.matches("form[data-period]")) return;
      event.preventDefault();
      const asked = new URLSearchParams();
      for (const [name, value] of new FormData(form)) {
        if (typeof value === "string") asked.append(name, value);
      }
      this.turn(`${pathOf(form.action)}?${asked.toString()}`);
    });
    for (const button of this.querySelectorAll<HTMLElement>("[data-step]")) {
      button.addEventListener("click", () => this.step(Number(button.dataset.step)));
    }
    dialog.addEventListener("keydown", (event) => {
      const steps = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!steps || !event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.step(steps);
    });
    this.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
    this.querySelector("[data-back]")?.addEventListener("click", () => {
      this.trail.pop();
      const here = this.trail.at(-1);
      if (here) void this.load(here);
    });
  }

  /** Says what is shown. */
  private tell(address: string): void {
    this.dataset.shows = address;
    document.dispatchEvent(new CustomEvent("pm:shown"));
  }

  private get dialog(): HTMLDialogElement {
    const dialog = this.querySelector("dialog");
    if (!dialog) throw new Error("A <pm-explanation> holds a dialog.");
    return dialog;
  }

  /** The record that lies so many rows on from the one that is shown; null at an end of the list. */
  private neighbour(steps: number): Step | null {
    const { opener } = this;
    if (this.trail.length !== 1 || !opener) return null;
    const detail: Neighbour = { steps, found: null };
    opener.dispatchEvent(new CustomEvent("pm:neighbour", { detail, bubbles: true }));
    return detail.found ?? inTable(opener, steps);
  }

  private step(steps: number): void {
    const found = this.neighbour(steps);
    if (!found) return;
    this.opener = found.take();
    this.trail = [found.address];
    void this.load(found.address, true);
  }

  private turn(address: string): void {
    this.trail.splice(-1, 1, address);
    void this.load(address);
  }

  private onClick(event: MouseEvent): void {
    const period = (event.target as Element | null)?.closest<HTMLAnchorElement>("a[data-period]");
    if (period && this.contains(period) && isPlain(event)) {
      event.preventDefault();
      // What the panel shows is not where the page is: the link's query belongs to the figure's address.
      this.turn(`${pathOf(this.trail.at(-1) ?? "")}${period.search}`);
      return;
    }
    const link = (event.target as Element | null)?.closest<Opener>("a[data-explain]");
    if (!link || event.defaultPrevented || !isPlain(event)) return;
    event.preventDefault();
    const inside = this.contains(link);
    if (!inside) {
      this.opener = link;
      this.trail = [];
    }
    this.trail.push(addressOf(link));
    void this.load(addressOf(link), true);
  }

  /** Show what is at an address; only `refreshing`, not over what somebody is typing. */
  private async load(address: string, arriving = false, refreshing = false): Promise<void> {
    const body = this.querySelector<HTMLElement>(".panel-body");
    const isTypedIn = () => refreshing && body?.querySelector("rest-form[data-unsaved]");
    if (!body || isTypedIn()) return;
    let answer: Response;
    try {
      answer = await fetch(address, {
        headers: { "X-Region": "panel" },
        credentials: "same-origin",
      });
    } catch {
      location.assign(address);
      return;
    }
    // Signed out or refused: the page itself says it better.
    if (!answer.ok || answer.redirected) {
      location.assign(address);
      return;
    }
    const content = await answer.text();
    if (isTypedIn()) return;
    body.innerHTML = content;
    htmx.process(body);
    this.querySelector<HTMLAnchorElement>("[data-page]")?.setAttribute("href", address);
    this.querySelector<HTMLElement>("[data-back]")?.toggleAttribute(
      "hidden",
      this.trail.length < 2,
    );
    const steps = [...this.querySelectorAll<HTMLButtonElement>("[data-step]")];
    const ways = steps.map((button) => this.neighbour(Number(button.dataset.step)));
    steps.forEach((button, index) => {
      button.hidden = ways.every((each) => each === null);
      button.disabled = ways[index] === null;
    });
    this.tell(address);
    if (!this.dialog.open) this.dialog.showModal();
    if (arriving) {
      this.dialog.scrollTop = 0;
      body.querySelector<HTMLElement>("#explain-title")?.focus();
    }
  }
}

/** Where a link leads; that of a picture does not say it as text. */
function addressOf(link: Opener): string {
  return new URL(link.getAttribute("href") ?? "", document.baseURI).href;
}

const PEEKS = "tr[data-id] > th > a[data-explain]";

/** The record so many rows on in the table of a link; null for none. */
function inTable(opener: Opener, steps: number): Step | null {
  const links = [...(opener.closest("table")?.querySelectorAll<HTMLAnchorElement>(PEEKS) ?? [])];
  const here = links.findIndex((each) => each === opener);
  const link = here < 0 ? undefined : links[here + steps];
  return link ? { address: link.href, take: () => link } : null;
}

/** Whether a click means this page: not another tab, window or download. */
function isPlain(event: MouseEvent): boolean {
  return !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}

/** An address without its query. */
function pathOf(address: string): string {
  return address.split("?")[0] ?? "";
}

customElements.define("pm-explanation", ExplainPanel);
