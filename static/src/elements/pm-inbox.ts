/** <pm-inbox>: the list of what one is told; what is opened there counts as read. */
import { csrfToken, elementNamed } from "../shared/page";

class Inbox extends HTMLElement {
  connectedCallback(): void {
    this.focusMarked();
    for (const kind of ["click", "auxclick"]) {
      this.addEventListener(kind, (event) => {
        const link = (event.target as Element).closest<HTMLElement>("[data-notice]");
        if (link?.dataset.notice) read(link.dataset.notice);
      });
    }
  }

  /** Whoever marked a notice by the keyboard goes on there when the page has been read anew. */
  private focusMarked(): void {
    const marked = elementNamed(location.hash);
    if (marked && this.contains(marked)) marked.querySelector("button")?.focus();
  }
}

/** Tells the server, also while the page is left. */
function read(id: string): void {
  void fetch("/api/v1/inbox/reading/", {
    method: "POST",
    keepalive: true,
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify({ ids: [id] }),
  });
}

customElements.define("pm-inbox", Inbox);
