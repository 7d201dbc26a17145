/** The preview that a job works out: its page, read again in a box of this one until the job has ended. */
import htmx from "htmx.org";
import { announce, element } from "../shared/page";

const SOON = 1_000;

/** The box to show; one that was shown before is gone. */
export function follow(page: string): HTMLElement {
  document.querySelector("[data-followed]")?.remove();
  const box = element("section", {
    class: "preview",
    tabindex: "-1",
    "aria-label": "Preview",
    "data-keep": "",
    "data-followed": "",
  });
  void look(box, page);
  return box;
}

async function look(box: HTMLElement, page: string): Promise<void> {
  const headers = { "X-Region": "live" };
  const answer = await fetch(page, { headers, credentials: "same-origin" }).catch(() => null);
  if (answer && (!answer.ok || answer.redirected)) {
    location.assign(page); // signed out or refused: the page itself says it better
    return;
  }
  if (answer) {
    box.innerHTML = await answer.text();
    htmx.process(box);
  }
  if (answer && answer.headers.get("X-Rollup-State") !== "recomputing") {
    announce("The preview is worked out.");
    return;
  }
  window.setTimeout(() => {
    if (box.isConnected) void look(box, page);
  }, SOON);
}
