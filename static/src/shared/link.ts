/** The button that copies the address of the page as it is now: its filters, its order and its columns are in it. */
import { toast } from "./page";

/** Offers it where the browser lets a page write to the clipboard. */
export function offerLink(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-copy-link]");
  if (!button || !("clipboard" in navigator)) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    void copyLink();
  });
}

async function copyLink(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href);
    toast("The link is copied. Whoever opens it sees what they may of it.");
  } catch {
    toast("The browser did not let the link be copied: copy the address of the page.");
  }
}
