/** Dragging a station to another day: the mark and its day follow the pointer; Escape lets go. */
import { day, shortDate } from "../shared/page";
import type { Plan } from "./plan";

const NAMESPACE = "http://www.w3.org/2000/svg";
const STILL = 4; // pixels within which a press is a click

/**
 * Follow the pointer that pressed a station; `moved` hears of the day that is to be declared so that it lands where it
 * was let go: as many days from the one declared now as it was moved.
 */
export function drag(
  press: PointerEvent,
  stop: SVGAElement,
  plan: Plan,
  moved: (day: string) => void,
): void {
  const from = Number(stop.dataset.x);
  const y = Number(stop.dataset.y);
  const ghost = ghostOf(stop.ownerSVGElement);
  let on: Date | null = null;

  const follow = (event: PointerEvent) => {
    const by = event.clientX - press.clientX;
    if (!on && Math.abs(by) < STILL) return;
    const at = from + by;
    on = plan.dayAt(at);
    ghost.show(at, y, shortDate.format(on));
  };
  const end = (last: Date | null) => {
    ghost.remove();
    removeEventListener("pointermove", follow);
    removeEventListener("pointerup", release);
    removeEventListener("pointercancel", leave);
    removeEventListener("keydown", escape);
    if (!last) return;
    // The click that follows is part of the dragging.
    addEventListener("click", swallow, { capture: true, once: true });
    window.setTimeout(() => {
      removeEventListener("click", swallow, { capture: true });
      moved(declared(stop, last.getTime() - plan.dayAt(from).getTime()));
    });
  };
  const release = () => {
    end(on);
  };
  const leave = () => {
    end(null);
  };
  const escape = (event: KeyboardEvent) => {
    if (event.key === "Escape") end(null);
  };
  addEventListener("pointermove", follow);
  addEventListener("pointerup", release);
  addEventListener("pointercancel", leave);
  addEventListener("keydown", escape);
}

function declared(stop: SVGAElement, by: number): string {
  const now = day(stop.dataset.declared)?.getTime() ?? 0;
  return new Date(now + by).toISOString().slice(0, 10);
}

function swallow(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

/** The mark that follows the pointer, with its day. */
function ghostOf(picture: SVGSVGElement | null) {
  const group = document.createElementNS(NAMESPACE, "g");
  const mark = document.createElementNS(NAMESPACE, "circle");
  const text = document.createElementNS(NAMESPACE, "text");
  group.setAttribute("class", "moving");
  group.setAttribute("aria-hidden", "true");
  mark.setAttribute("r", "6");
  text.setAttribute("text-anchor", "middle");
  group.append(mark, text);
  return {
    show(x: number, y: number, words: string): void {
      if (!group.isConnected) picture?.append(group);
      mark.setAttribute("cx", String(x));
      mark.setAttribute("cy", String(y));
      text.setAttribute("x", String(x));
      text.setAttribute("y", String(y - 11));
      text.textContent = words;
    },
    remove(): void {
      group.remove();
    },
  };
}
