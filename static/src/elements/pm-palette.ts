/**
 * <pm-palette>: a dialog over any page that finds records, pages and actions by some words. The server draws what it
 * offers; the arrows choose, Enter opens.
 */
import { announce } from "../shared/page";

const PAUSE = 120; // milliseconds after the last letter

class Palette extends HTMLElement {
  private asking: AbortController | null = null;
  private timer = 0;
  private opener: Element | null = null;
  private stale = false; // what is offered is of other words than those in the field
  private opening = false; // Enter was pressed before the offers came

  connectedCallback(): void {
    const { input, dialog, list } = this;
    input.addEventListener("input", () => {
      window.clearTimeout(this.timer);
      this.stale = true;
      this.timer = window.setTimeout(() => void this.load(), PAUSE);
    });
    input.addEventListener("keydown", (event) => {
      this.onKey(event);
    });
    list.addEventListener("pointermove", (event) => {
      const offer = (event.target as Element).closest<HTMLElement>("[role=option]");
      if (offer) this.choose(offer);
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    dialog.addEventListener("close", () => {
      this.asking?.abort();
      if (this.opener instanceof HTMLElement) this.opener.focus();
    });
  }

  begin(opener: Element | null): void {
    this.opener = opener;
    this.opening = false;
    void this.load();
  }

  private get dialog(): HTMLDialogElement {
    const dialog = this.querySelector("dialog");
    if (!dialog) throw new Error("A <pm-palette> holds a dialog.");
    return dialog;
  }

  private get input(): HTMLInputElement {
    const input = this.querySelector("input");
    if (!input) throw new Error("A <pm-palette> holds a field.");
    return input;
  }

  private get list(): HTMLElement {
    const list = this.querySelector<HTMLElement>("[role=listbox]");
    if (!list) throw new Error("A <pm-palette> holds a list.");
    return list;
  }

  private get offers(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("[role=option]")];
  }

  private get chosen(): HTMLElement | undefined {
    return this.offers.find((offer) => offer.getAttribute("aria-selected") === "true");
  }

  private async load(): Promise<void> {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const asked = new URLSearchParams({ q: this.input.value, at: location.pathname });
    try {
      const answer = await fetch(`/search/?${asked.toString()}`, {
        headers: { "X-Region": "palette" },
        credentials: "same-origin",
        signal: asking.signal,
      });
      if (answer.status === 401) location.reload();
      if (!answer.ok) throw new Error(answer.statusText);
      this.list.innerHTML = await answer.text();
    } catch {
      if (asking.signal.aborted) return;
      this.list.textContent = "The server does not answer. Try again.";
    }
    this.stale = false;
    this.choose(this.offers[0]);
    if (this.opening) this.chosen?.click();
    this.opening = false;
    announce(`${String(this.offers.length)} offers`);
  }

  private choose(offer: HTMLElement | undefined): void {
    for (const each of this.offers) each.setAttribute("aria-selected", String(each === offer));
    if (offer) this.input.setAttribute("aria-activedescendant", offer.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  private onKey(event: KeyboardEvent): void {
    const { offers, chosen } = this;
    const here = chosen ? offers.indexOf(chosen) : -1;
    const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (steps && offers.length) {
      event.preventDefault();
      const next = offers[(here + steps + offers.length) % offers.length];
      this.choose(next);
      next?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      if (this.stale) this.opening = true;
      else chosen?.click();
    }
  }
}

customElements.define("pm-palette", Palette);

/** Offers what fits the words in the palette that was opened; closed, the focus goes back to the opener. */
export function begin(opener: Element | null): void {
  document.querySelector<Palette>("pm-palette")?.begin(opener);
}
