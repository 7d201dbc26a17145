/**
 * <pm-columns>: a list of boxes, each of which moves one place earlier or later by its buttons; the form around it
 * sends those that are ticked, in the order in which they stand.
 */
import { announce } from "../shared/page";

class PmColumns extends HTMLElement {
  connectedCallback(): void {
    for (const button of this.querySelectorAll<HTMLButtonElement>("[data-move]")) {
      button.hidden = false;
    }
    this.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLButtonElement>("[data-move]");
      if (button) this.move(button);
    });
  }

  private move(button: HTMLButtonElement): void {
    const item = button.closest("li");
    const other =
      button.dataset.move === "-1" ? item?.previousElementSibling : item?.nextElementSibling;
    if (!item || !other) return;
    if (button.dataset.move === "-1") other.before(item);
    else other.after(item);
    button.focus();
    const place = [...(item.parentElement?.children ?? [])].indexOf(item) + 1;
    announce(
      `${item.querySelector("label")?.textContent.trim() ?? "Column"}: place ${place.toString()}`,
    );
  }
}

customElements.define("pm-columns", PmColumns);
