/**
 * <pm-tracks programme="3">: the roadmap as railway tracks.
 *
 * One track a project, from start to declared finish; a dashed stretch to the propagated finish when
 * dependencies push it later; the approved baseline as a ghost below; milestones as stations;
 * dependencies as junctions coloured by their status; today; and the programme's terminus.
 * The server's table, inside or below, is the text alternative.
 *
 * On a page of its own it has a `query` of REST (which tracks), a `zoom`, `names="full"`, a `group`, and stations
 * that open; those of the projects whose ids are `writable` can be dragged to another day. Arrow keys go from station
 * to station and from track to track.
 */
import { LitElement, type TemplateResult, html, nothing } from "lit";
import { api, then } from "../shared/api";
import { axis, terminus } from "../tracks/axis";
import { chain } from "../tracks/chain";
import { junction } from "../tracks/junction";
import { drag } from "../tracks/dragging";
import { cover, groupTitle, name } from "../tracks/names";
import {
  type Ask,
  type Junction,
  type Plan,
  type Roadmap,
  type Station,
  type Track,
  ZOOMS,
  planOf,
} from "../tracks/plan";
import { track } from "../tracks/stations";

const ALTERNATIVE =
  "Tracks: one line a project, from its start to its finish. The table below holds the same dates.";
const PAPER = { room: 1440, height: 820 }; // pixels of A3 across, less its margins and the title

class PmTracks extends LitElement {
  private roadmap: Roadmap | null = null;
  private plan: Plan | null = null;
  private room = 0;
  private printing = false;
  private touched: number | null = null;
  private scrolledFor: string | null = null;
  private readonly refresh = () => void this.load();
  private readonly resizing = new ResizeObserver(([entry]) => {
    const room = Math.floor(entry?.contentRect.width ?? 0);
    if (room && room !== this.room && !this.printing) {
      this.room = room;
      this.requestUpdate();
    }
  });
  private readonly toPaper = () => {
    this.print(this.works);
  };
  private readonly toScreen = () => {
    this.print(false);
  };

  protected override createRenderRoot(): HTMLElement {
    const box = document.createElement("div");
    box.dataset.keep = "";
    box.className = "tracks-box";
    this.prepend(box);
    return box;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("pm:refreshed", this.refresh);
    addEventListener("beforeprint", this.toPaper);
    addEventListener("afterprint", this.toScreen);
    this.resizing.observe(this);
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("pm:refreshed", this.refresh);
    removeEventListener("beforeprint", this.toPaper);
    removeEventListener("afterprint", this.toScreen);
    this.resizing.disconnect();
  }

  /** Whether one works at them, on a page of their own. */
  private get works(): boolean {
    return this.hasAttribute("query");
  }

  private get box(): HTMLElement {
    return this.renderRoot as HTMLElement;
  }

  private async load(): Promise<void> {
    const id = Number(this.getAttribute("programme"));
    const asked = Object.fromEntries(new URLSearchParams(this.getAttribute("query") ?? ""));
    const { data } = await api.GET("/api/v1/programmes/{id}/roadmap/", {
      params: { path: { id }, query: { ...asked, ...then(this) } },
    });
    if (!data || typeof data === "string" || !("projects" in data) || !this.isConnected) return;
    this.roadmap = data;
    this.requestUpdate();
  }

  /** On paper all of it fits on one sheet, whatever the zoom. */
  private print(printing: boolean): void {
    if (this.printing === printing) return;
    this.printing = printing;
    this.requestUpdate();
    this.performUpdate();
  }

  private get ask(): Ask {
    const group = this.getAttribute("group");
    const zoom = this.getAttribute("zoom");
    const how = {
      group: group === "tranche" || group === "health" ? group : null,
      full: this.getAttribute("names") === "full",
    } as const;
    if (this.printing) return { ...how, ...PAPER, zoom: null };
    return { ...how, room: this.room, zoom: ZOOMS.find((each) => each === zoom) ?? null };
  }

  protected override render(): TemplateResult | typeof nothing {
    const map = this.roadmap;
    this.plan = null;
    if (!map || !this.room || map.projects.length === 0) return nothing;
    const plan = planOf(map, this.ask);
    this.plan = plan;
    const wide = plan.width > this.room && !this.printing;
    return html`<div
        class="tracks-scroll"
        tabindex=${wide ? "0" : nothing}
        role=${wide ? "group" : nothing}
        aria-label=${wide ? "Tracks, scrolled from left to right" : nothing}
        @scroll=${this.placeNames}
      >
        <svg
          viewBox="0 0 ${plan.width} ${plan.height}"
          width=${plan.width}
          height=${plan.height}
          class=${wide ? "wide" : ""}
          role="group"
          aria-label=${ALTERNATIVE}
          @keydown=${this.typed}
          @click=${this.clicked}
          @pointerdown=${this.pressed}
        >
          ${axis(map, plan)} ${this.works ? chain(map, plan) : nothing}
          ${map.dependencies.map((link) => junction(link, plan, this.isAside(link)))}
          ${this.tracks(plan)} ${terminus(map, plan)}
          <g class="names">${cover(plan)} ${this.names(plan)}</g>
        </svg>
      </div>
      <a data-explain class="sr-only" href="" tabindex="-1" aria-hidden="true"></a>`;
  }

  protected override updated(): void {
    const scroll = this.box.querySelector<HTMLElement>(".tracks-scroll");
    const today = this.plan?.at(this.roadmap?.as_of ?? null);
    const zoom = this.getAttribute("zoom");
    // What is coming next is in sight first; later one is where one scrolled to.
    if (scroll && this.plan && this.scrolledFor !== zoom && today) {
      this.scrolledFor = zoom;
      scroll.scrollLeft = zoom ? Math.max(0, today - this.plan.label - 120) : 0;
    }
    this.placeNames();
  }

  /** Names stay in sight when the tracks are scrolled. */
  private readonly placeNames = () => {
    const left = this.box.querySelector(".tracks-scroll")?.scrollLeft ?? 0;
    this.box.querySelector(".names")?.setAttribute("transform", `translate(${left} 0)`);
  };

  private tracks(plan: Plan): TemplateResult[] {
    const writable = (this.getAttribute("writable") ?? "").split(" ");
    const page = this.works ? (stop: Station) => this.pageOf(stop) : null;
    return plan.rows.flatMap((row, index) =>
      "track" in row
        ? track(row.track, plan.y(index), plan, {
            dim: this.isUnlinked(row.track),
            page,
            writable: writable.includes(String(row.track.id)),
          })
        : [],
    );
  }

  private names(plan: Plan): TemplateResult[] {
    return plan.rows.map((row, index) =>
      "track" in row
        ? name(row.track, plan.y(index), plan, {
            address: this.address(row.track),
            touch: (id) => {
              this.touch(id);
            },
          })
        : groupTitle(row.title, plan.y(index)),
    );
  }

  /** The page of a project, at the moment that the tracks show. */
  private address(project: Track): string {
    return `${project.html_url}?${new URLSearchParams(then(this)).toString()}`.replace(/\?$/, "");
  }

  private pageOf(stop: Station): string {
    const then_ = this.getAttribute("as-of");
    if (then_) return `/milestones/${stop.id}/`;
    return `/programmes/${this.getAttribute("programme") ?? ""}/tracks/${stop.id}/`;
  }

  /** Show a station beside the tracks; dragged, with the day that it was dragged to. */
  private open(address: string): void {
    const link = this.box.querySelector<HTMLAnchorElement>("a[data-explain]");
    if (!link) return;
    link.href = address;
    const here = document.activeElement;
    link.addEventListener(
      "focus",
      () => {
        if (here instanceof SVGElement) here.focus();
      },
      { once: true },
    );
    link.click();
  }

  private readonly clicked = (event: MouseEvent) => {
    const stop = stopOf(event);
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!stop || !plain || this.getAttribute("as-of")) return;
    event.preventDefault();
    stop.focus();
    this.open(stop.getAttribute("href") ?? "");
  };

  private readonly pressed = (event: PointerEvent) => {
    const stop = stopOf(event);
    if (!stop?.classList.contains("movable") || !this.plan || event.button) return;
    event.preventDefault(); // else the browser drags the link
    stop.focus();
    drag(event, stop, this.plan, (day) => {
      this.open(`${stop.getAttribute("href") ?? ""}?on=${day}`);
    });
  };

  /** Left and right along a track, up and down from one to the next. */
  private readonly typed = (event: KeyboardEvent) => {
    const at = (event.target as Element).closest<SVGAElement>("a[data-row]");
    if (!at || event.ctrlKey || event.metaKey || event.altKey) return;
    const along = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const across = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const next = along ? this.along(at, along) : across ? this.across(at, across) : null;
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  private along(at: SVGAElement, by: number): SVGAElement | undefined {
    const row = `a[data-row="${at.dataset.row ?? ""}"]`;
    const stops = [...this.box.querySelectorAll<SVGAElement>(`${row}.stop`)];
    const line = [...this.box.querySelectorAll<SVGAElement>(`.names ${row}`), ...stops];
    return line[line.indexOf(at) + by];
  }

  private across(at: SVGAElement, by: number): SVGAElement | undefined {
    const names = [...this.box.querySelectorAll<SVGAElement>(".names a[data-row]")];
    return names[names.findIndex((each) => each.dataset.row === at.dataset.row) + by];
  }

  private touch(id: number | null): void {
    this.touched = id;
    this.requestUpdate();
  }

  /** Whether a project is being looked at that a dependency does not touch. */
  private isAside(link: Junction): boolean {
    return this.touched !== null && ![link.giver, link.receiver].includes(this.touched);
  }

  /** Whether another project is being looked at, with no dependency between the two. */
  private isUnlinked(project: Track): boolean {
    if (this.touched === null || this.touched === project.id) return false;
    const ends = [project.id, this.touched];
    const links = this.roadmap?.dependencies ?? [];
    return !links.some(
      (link) => ends.includes(link.giver ?? 0) && ends.includes(link.receiver ?? 0),
    );
  }
}

function stopOf(event: Event): SVGAElement | null {
  return (event.target as Element).closest<SVGAElement>("a.stop");
}

customElements.define("pm-tracks", PmTracks);
