/**
 * The explanation panel: any link marked `data-explain` opens its page's content in a side `<dialog>`.
 * Without script the same link is a page. Escape closes; the focus goes back to the figure.
 */
import htmx from "htmx.org";

class ExplainPanel extends HTMLElement {
  private trail: string[] = [];
  private opener: HTMLElement | null = null;

  connectedCallback(): void {
    const dialog = this.dialog;
    document.addEventListener("click", (event) => this.onClick(event));
    document.addEventListener("pm:refreshed", () => {
      const here = this.trail.at(-1);
      if (dialog.open && here) void this.load(here);
    });
    dialog.addEventListener("close", () => {
      this.trail = [];
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
    this.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
    this.querySelector("[data-back]")?.addEventListener("click", () => {
      this.trail.pop();
      const here = this.trail.at(-1);
      if (here) void this.load(here);
    });
  }

  private get dialog(): HTMLDialogElement {
    const dialog = this.querySelector("dialog");
    if (!dialog) throw new Error("A <pm-explain> holds a dialog.");
    return dialog;
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
    const link = (event.target as Element | null)?.closest<HTMLAnchorElement>("a[data-explain]");
    if (!link || event.defaultPrevented || !isPlain(event)) return;
    event.preventDefault();
    const inside = this.contains(link);
    if (!inside) {
      this.opener = link;
      this.trail = [];
    }
    this.trail.push(link.href);
    void this.load(link.href, true);
  }

  private async load(address: string, arriving = false): Promise<void> {
    const body = this.querySelector<HTMLElement>(".panel-body");
    if (!body) return;
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
    body.innerHTML = await answer.text();
    htmx.process(body);
    this.querySelector<HTMLAnchorElement>("[data-page]")?.setAttribute("href", address);
    this.querySelector<HTMLElement>("[data-back]")?.toggleAttribute(
      "hidden",
      this.trail.length < 2,
    );
    if (!this.dialog.open) this.dialog.showModal();
    if (arriving) {
      this.dialog.scrollTop = 0;
      body.querySelector<HTMLElement>("#explain-title")?.focus();
    }
  }
}

/** Whether a click means this page: not another tab, window or download. */
function isPlain(event: MouseEvent): boolean {
  return !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}

/** An address without its query. */
function pathOf(address: string): string {
  return address.split("?")[0] ?? "";
}

customElements.define("pm-explain", ExplainPanel);
