/**
 * The place on a page that one comes back to: how far it was scrolled, what was open, the record beside a list. It is
 * kept with the entry of the browser's history, so that going back finds it, and nothing else does.
 */

interface Place {
  top: number;
  open: string[];
  unfolded: string[];
  beside: string;
  row: string;
}

const PATIENCE = 4_000; // milliseconds in which what is drawn later makes the page as long as it was

const boxes = () => [...document.querySelectorAll<HTMLDetailsElement>("main details[id]")];
const folds = () => [...document.querySelectorAll<HTMLElement>("main [data-folds] .section")];
const called = (section: HTMLElement) => section.getAttribute("aria-labelledby") ?? "";
const grid = () => document.querySelector<HTMLElement>("pm-grid");
const panel = () => document.querySelector<HTMLElement>("pm-explanation");

function keep(): void {
  const place: Place = {
    top: scrollY,
    open: boxes().flatMap((box) => (box.open ? [box.id] : [])),
    unfolded: folds().flatMap((fold) => (fold.hasAttribute("data-unfolded") ? [called(fold)] : [])),
    beside: panel()?.dataset.shows ?? "",
    row: grid()?.dataset.row ?? "",
  };
  history.replaceState({ ...(history.state as object | null), place }, "");
}

function take(place: Place): void {
  for (const box of boxes()) box.open = place.open.includes(box.id);
  for (const fold of folds()) {
    fold.toggleAttribute("data-unfolded", place.unfolded.includes(called(fold)));
  }
  if (place.row) grid()?.setAttribute("data-row", place.row);
  if (place.beside) {
    panel()?.dispatchEvent(new CustomEvent("pm:show", { detail: place.beside }));
  }
  scrollAgain(place.top);
}

/** Scrolls as far as one was, again while the page grows, until somebody scrolls it. */
function scrollAgain(top: number): void {
  const growing = new ResizeObserver(() => scrollTo({ top, behavior: "instant" }));
  const stop = () => growing.disconnect();
  growing.observe(document.body);
  for (const name of ["wheel", "touchstart", "pointerdown", "keydown"]) {
    addEventListener(name, stop, { once: true, passive: true });
  }
  window.setTimeout(stop, PATIENCE);
}

/** Begins to keep the place, and takes the one that was kept. */
export function keepPlace(): void {
  const { place } = (history.state ?? {}) as { place?: Place };
  const [way] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (place && way?.type === "back_forward") take(place);
  for (const name of ["scrollend", "pagehide"]) addEventListener(name, keep);
  document.addEventListener("click", keep, { capture: true }); // before it leads elsewhere
  for (const name of ["click", "toggle", "pm:shown"]) {
    document.addEventListener(name, () => window.setTimeout(keep), { capture: true });
  }
}
