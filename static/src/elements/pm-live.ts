/**
 * <pm-live id="live" hx-get hx-ext="morph" hx-swap="morph:innerHTML" hx-trigger="pm:poll">:
 * a region that re-reads itself.
 *
 * The server answers with an ETag and `X-Rollup-State`; an unchanged region costs a 304. It is read
 * more than twice a second right after a write, every second while a recompute is pending, every two
 * seconds while someone is at the page, else every ten, and never while hidden.
 * The swap is a morph: focus, open details and pictures stay. Elements marked `data-keep` were made
 * here, not by the server. Nothing is swapped between the press of a pointer and its release: a link
 * or button that is replaced meanwhile would lose the click. It is read again once released.
 */
import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";
import { announce } from "../shared/page";

const HURRIED = 400;
const PENDING = 1_000;
const ATTENDED = 2_000;
const IDLE = 10_000;

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0;
htmx.config.refreshOnHistoryMiss = true;
htmx.config.responseHandling = [
  { code: "204|304", swap: false },
  { code: "[23]..", swap: true },
  { code: "[45]..", swap: false, error: true },
];

function keeps(node: Node): boolean {
  return node instanceof Element && node.hasAttribute("data-keep");
}

function beingFilledIn(node: Node): boolean {
  return (
    node instanceof HTMLElement &&
    node.localName === "rest-form" &&
    (node.hasAttribute("data-unsaved") || node.contains(document.activeElement))
  );
}

htmx.defineExtension("morph", {
  isInlineSwap: () => false,
  handleSwap(_style: string, target: Node, fragment: Node) {
    return Idiomorph.morph(target, (fragment as DocumentFragment).children, {
      morphStyle: "innerHTML",
      ignoreActiveValue: true,
      callbacks: {
        beforeNodeRemoved: (node: Node) => !keeps(node),
        beforeNodeMorphed: (old: Node) => !keeps(old) && !beingFilledIn(old),
        // What the reader opened stays open.
        beforeAttributeUpdated: (name: string, node: Element) =>
          name !== "data-unfolded" && !(name === "open" && node.localName === "details"),
      },
    });
  },
} as never);

let lastTouched = Date.now();
for (const name of ["pointermove", "pointerdown", "keydown", "focus"]) {
  addEventListener(name, () => (lastTouched = Date.now()), { passive: true, capture: true });
}

// Whether a button of the pointer or a finger is down; where nobody told of the release, its next move tells.
let pressed = false;
addEventListener("pointerdown", () => (pressed = true), { passive: true, capture: true });
addEventListener("pointermove", ({ buttons }) => (pressed &&= buttons > 0), { passive: true });
const release = () => {
  pressed = false;
  document.dispatchEvent(new CustomEvent("pm:released"));
};
for (const name of ["pointerup", "pointercancel"]) {
  // The click follows the release.
  addEventListener(name, () => window.setTimeout(release), { passive: true, capture: true });
}

/** What htmx tells of a request before it is sent, and before its answer is swapped in. */
interface Configured {
  headers: Record<string, string>;
  elt: Element;
}
interface Swapping {
  shouldSwap: boolean;
  xhr: XMLHttpRequest;
  requestConfig: { elt: Element };
}

class PmLive extends HTMLElement {
  private etag = "";
  private address = "";
  private timer = 0;
  private hurryUntil = 0;
  private figures = new Map<string, string>();
  private pending = false;
  private swapping = false;
  private held = false;
  private readonly soon = () => {
    this.hurryUntil = Date.now() + 4_000;
    this.read();
  };
  private readonly released = () => {
    if (this.held) this.read();
  };
  private readonly shown = () => (document.hidden ? window.clearTimeout(this.timer) : this.soon());

  connectedCallback(): void {
    this.pending = this.dataset.state === "recomputing";
    this.etag = this.dataset.etag ?? "";
    this.address = location.href;
    this.addEventListener("htmx:configRequest", this.onConfigure as EventListener);
    this.addEventListener("htmx:beforeSwap", this.onBefore as EventListener);
    this.addEventListener("htmx:afterSwap", this.onSwapped);
    this.addEventListener("htmx:afterRequest", this.onAnswer as EventListener);
    document.addEventListener("pm:written", this.soon);
    document.addEventListener("pm:released", this.released);
    document.addEventListener("visibilitychange", this.shown);
    this.plan();
  }

  disconnectedCallback(): void {
    window.clearTimeout(this.timer);
    document.removeEventListener("pm:written", this.soon);
    document.removeEventListener("pm:released", this.released);
    document.removeEventListener("visibilitychange", this.shown);
  }

  private plan(): void {
    window.clearTimeout(this.timer);
    // A page of the past stands still.
    if (document.hidden || this.dataset.state === "past") return;
    const calm = Date.now() - lastTouched < 60_000 ? ATTENDED : IDLE;
    const wait = Date.now() < this.hurryUntil ? HURRIED : this.pending ? PENDING : calm;
    this.timer = window.setTimeout(() => this.read(), wait);
  }

  private read(): void {
    window.clearTimeout(this.timer);
    if (this.dataset.state === "past") return;
    // Should the answer be lost, the next turn still comes.
    this.timer = window.setTimeout(() => this.plan(), IDLE);
    htmx.trigger(this, "pm:poll", {});
  }

  private readonly onConfigure = ({ detail }: CustomEvent<Configured>) => {
    const ours = detail.elt === (this as Element) && this.address === location.href;
    if (this.etag && ours) detail.headers["If-None-Match"] = this.etag;
  };

  private readonly onBefore = ({ detail }: CustomEvent<Swapping>) => {
    // An answer about the address we were at before a filter or a sorting is too late.
    const here = location.href.split("#")[0];
    const ours = detail.requestConfig.elt === (this as Element);
    this.held = ours && pressed && detail.shouldSwap;
    if (this.held || (ours && detail.xhr.responseURL !== here)) detail.shouldSwap = false;
    this.swapping = detail.shouldSwap;
    this.figures.clear();
    for (const { dataset } of this.querySelectorAll<HTMLElement>("[data-figure]")) {
      this.figures.set(dataset.figure ?? "", dataset.value ?? "");
    }
  };

  private readonly onAnswer = ({ detail: { xhr } }: CustomEvent<{ xhr: XMLHttpRequest }>) => {
    if (xhr.status === 401 || xhr.status === 404) {
      // Signed out, or no longer ours to see: stop asking and say so.
      window.clearTimeout(this.timer);
      this.say(
        xhr.status === 401
          ? "You are signed out. Sign in again to see current figures."
          : "This page is no longer here for you.",
      );
      return;
    }
    if (xhr.status === 200 && !this.held) this.etag = xhr.getResponseHeader("ETag") ?? "";
    if (xhr.status === 200 || xhr.status === 304) {
      this.address = location.href;
      this.pending = xhr.getResponseHeader("X-Rollup-State") === "recomputing";
      this.say(null);
    } else {
      this.say("The server does not answer; the figures below may be old. Trying again.");
    }
    this.plan();
  };

  private readonly onSwapped = () => {
    // Told once for each swapped child; counted once.
    if (!this.swapping) return;
    this.swapping = false;
    const moved: string[] = [];
    for (const figure of this.querySelectorAll<HTMLElement>("[data-figure]")) {
      const was = this.figures.get(figure.dataset.figure ?? "");
      if (was === undefined || was === figure.dataset.value) continue;
      figure.classList.add("changed");
      window.setTimeout(() => figure.classList.remove("changed"), 4_000);
      const { label } = figure.dataset;
      if (label) moved.push(`${label} is now ${figure.textContent.trim()}`);
    }
    this.figures.clear();
    const more = moved.length > 3 ? `; and ${moved.length - 3} more` : "";
    if (moved.length) announce(moved.slice(0, 3).join("; ") + more);
    document.dispatchEvent(new CustomEvent("pm:refreshed"));
  };

  private say(text: string | null): void {
    let line = this.parentElement?.querySelector<HTMLElement>(":scope > .stale-banner") ?? null;
    if (!text) {
      line?.remove();
      return;
    }
    if (!line) {
      line = document.createElement("p");
      line.className = "stale-banner notice notice-amber";
      line.setAttribute("role", "alert");
      this.parentElement?.insertBefore(line, this);
    }
    line.textContent = text;
  }
}

customElements.define("pm-live", PmLive);
