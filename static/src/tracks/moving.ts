/** Dragging a station to another day: the mark and its day follow the pointer; Escape lets go. */
import { shortDate } from "../shared/page";
import type { Plan } from "./plan";

const NAMESPACE = "http://www.w3.org/2000/svg";
const STILL = 4; // pixels within which a press is a click

/** Follow the pointer that pressed a station; `moved` hears of the day on which it was let go. */
export function drag(
  press: PointerEvent,
  stop: SVGAElement,
  plan: Plan,
  moved: (day: string) => void,
): void {
  const from = Number(stop.dataset.x);
  const y = Number(stop.dataset.y);
  const ghost = ghostOf(stop.ownerSVGElement);
  let day: Date | null = null;

  const follow = (event: PointerEvent) => {
    const by = event.clientX - press.clientX;
    if (!day && Math.abs(by) < STILL) return;
    const at = from + by;
    day = plan.dayAt(at);
    ghost.show(at, y, shortDate.format(day));
  };
  const end = (day: Date | null) => {
    ghost.remove();
    removeEventListener("pointermove", follow);
    removeEventListener("pointerup", release);
    removeEventListener("pointercancel", leave);
    removeEventListener("keydown", escape);
    if (!day) return;
    // The click that follows is part of the dragging.
    addEventListener("click", swallow, { capture: true, once: true });
    window.setTimeout(() => {
      removeEventListener("click", swallow, { capture: true });
    });
    moved(day.toISOString().slice(0, 10));
  };
  const release = () => {
    end(day);
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
