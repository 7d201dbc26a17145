/**
 * <pm-map>: lines between the records of a benefits map, and a trace of the way to one and from one.
 *
 * The server renders the columns; each record (`li[id][data-to]`) names those it leads to, and says so
 * in words where the columns stand below one another and no lines are drawn. Pointing at a record or
 * focusing it shows its way; its button pins that.
 */
const NS = "http://www.w3.org/2000/svg";

export class PmMap extends HTMLElement {
  private picture: SVGSVGElement | null = null;
  private pinned: string | null = null;
  private readonly draw = () => requestAnimationFrame(() => this.redraw());
  private readonly resizing = new ResizeObserver(this.draw);

  connectedCallback(): void {
    this.picture = document.createElementNS(NS, "svg");
    this.picture.dataset.keep = "";
    this.picture.setAttribute("aria-hidden", "true");
    this.prepend(this.picture);
    this.resizing.observe(this);
    document.addEventListener("pm:refreshed", this.draw);
    this.addEventListener("pointerover", (event) =>
      this.trace(this.nodeOf(event.target) ?? this.pinned),
    );
    this.addEventListener("pointerleave", () => this.trace(this.pinned));
    this.addEventListener("focusin", (event) => this.trace(this.nodeOf(event.target)));
    this.addEventListener("focusout", () => this.trace(this.pinned));
    this.addEventListener("click", (event) => this.pin(event.target));
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.pin(null);
    });
  }

  disconnectedCallback(): void {
    this.picture?.remove();
    this.resizing.disconnect();
    document.removeEventListener("pm:refreshed", this.draw);
  }

  private nodes(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("li[data-to]")];
  }

  private nodeOf(target: EventTarget | null): string | null {
    return (target as Element | null)?.closest<HTMLElement>("li[data-to]")?.id ?? null;
  }

  private links(): [string, string][] {
    const targets = (node: HTMLElement) => (node.dataset.to ?? "").split(" ").filter(Boolean);
    return this.nodes().flatMap((node) =>
      targets(node).map((to): [string, string] => [node.id, to]),
    );
  }

  private redraw(): void {
    const box = this.getBoundingClientRect();
    const columns = [...this.querySelectorAll(".map-column")].map(
      (each) => each.getBoundingClientRect().top,
    );
    const stacked = new Set(columns.map(Math.round)).size > 1;
    const places = new Map(this.nodes().map((node) => [node.id, node.getBoundingClientRect()]));
    const lines = stacked ? [] : this.links().map(([from, to]) => this.line(from, to, places, box));
    this.picture?.replaceChildren(...lines.filter((line) => line !== null));
    this.trace(this.pinned);
  }

  private line(
    from: string,
    to: string,
    places: Map<string, DOMRect>,
    box: DOMRect,
  ): SVGPathElement | null {
    const [one, other] = [places.get(from), places.get(to)];
    if (!one || !other) return null;
    const [x1, y1] = [one.right - box.left, one.top + one.height / 2 - box.top];
    const y2 = other.top + other.height / 2 - box.top;
    // Within a column a line leaves and arrives on the same side.
    const within = Math.abs(one.left - other.left) < 2;
    const x2 = (within ? other.right : other.left) - box.left;
    const bend = within ? 18 : Math.min(48, (x2 - x1) / 2);
    const path = document.createElementNS(NS, "path");
    path.setAttribute(
      "d",
      `M${x1} ${y1}C${x1 + bend} ${y1} ${within ? x2 + bend : x2 - bend} ${y2} ${x2} ${y2}`,
    );
    path.dataset.from = from;
    path.dataset.to = to;
    return path;
  }

  /** The way to a record and from it; null shows all alike. */
  private trace(id: string | null): void {
    const links = this.links();
    const back = links.map(([from, to]): [string, string] => [to, from]);
    const way = id === null ? null : new Set([id, ...reached(id, links), ...reached(id, back)]);
    for (const node of this.nodes()) {
      node.classList.toggle("dim", way !== null && !way.has(node.id));
    }
    for (const path of this.picture?.querySelectorAll("path") ?? []) {
      const on = way !== null && way.has(path.dataset.from ?? "") && way.has(path.dataset.to ?? "");
      path.classList.toggle("on", on);
      path.classList.toggle("dim", way !== null && !on);
    }
  }

  private pin(target: EventTarget | null): void {
    const button = target instanceof Element && target.closest("button.map-name");
    if (target !== null && !button) return;
    const id = button ? this.nodeOf(button) : null;
    this.pinned = id === this.pinned ? null : id;
    for (const name of this.querySelectorAll("button.map-name")) {
      const pinned = this.pinned !== null && this.nodeOf(name) === this.pinned;
      name.setAttribute("aria-pressed", String(pinned));
    }
    this.trace(this.pinned);
  }
}

function reached(start: string, links: [string, string][]): Set<string> {
  const found = new Set<string>();
  const waiting = [start];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const [from, to] of links) {
      if (from === at && !found.has(to)) {
        found.add(to);
        waiting.push(to);
      }
    }
  }
  return found;
}

customElements.define("pm-map", PmMap);
