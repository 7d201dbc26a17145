/**
 * <pm-tracks programme="3">: the roadmap as railway tracks.
 *
 * One track a project, from start to declared finish; a dashed stretch to the propagated finish when dependencies push it later;
 * the approved baseline as a ghost below; milestones as stations; dependencies as junctions coloured by their status;
 * today; and the programme's terminus. The server's table stays inside as the text alternative.
 */
import { LitElement, type TemplateResult, html, nothing, svg } from "lit";
import { api, then } from "../shared/api";
import type { components } from "../schema";
import { day, shortDate, words } from "../shared/page";

type Roadmap = components["schemas"]["Roadmap"];
type Track = components["schemas"]["Track"];
type Junction = components["schemas"]["Junction"];
type Station = components["schemas"]["Station"];

const DAY = 86_400_000;
const HEAD = 46;
const LETTERS: Record<string, string> = { green: "G", amber: "A", red: "R" };

function colourOf(health: string | null): string {
  return health !== null && health in LETTERS ? health : "grey";
}

class PmTracks extends LitElement {
  private roadmap: Roadmap | null = null;
  private room = 0;
  private touched: number | null = null;
  private readonly refresh = () => void this.load();
  private readonly resizing = new ResizeObserver(([entry]) => {
    const room = Math.floor(entry?.contentRect.width ?? 0);
    if (room && room !== this.room) {
      this.room = room;
      this.requestUpdate();
    }
  });

  protected override createRenderRoot(): HTMLElement {
    const box = document.createElement("div");
    box.dataset["keep"] = "";
    this.prepend(box);
    return box;
  }

  /** The page of a project, at the moment that the tracks show. */
  private address(project: Track): string {
    return `${project.html_url}?${new URLSearchParams(then(this)).toString()}`.replace(/\?$/, "");
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("pm:refreshed", this.refresh);
    this.resizing.observe(this);
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("pm:refreshed", this.refresh);
    this.resizing.disconnect();
  }

  private async load(): Promise<void> {
    const id = Number(this.getAttribute("programme"));
    const { data } = await api.GET("/api/v1/programmes/{id}/roadmap/", { params: { path: { id }, query: then(this) } });
    if (!data || !this.isConnected) return;
    this.roadmap = data;
    this.requestUpdate();
  }

  protected override render(): TemplateResult | typeof nothing {
    const map = this.roadmap;
    if (!map || !this.room || map.projects.length === 0) return nothing;
    return html`${this.picture(map, this.room)}`;
  }

  private picture(map: Roadmap, width: number): TemplateResult {
    const narrow = width < 640;
    const label = narrow ? 0 : Math.min(320, Math.max(180, width * 0.26));
    const rowHeight = narrow ? 52 : 34;
    const drop = narrow ? 34 : 17;
    const right = narrow ? 14 : 24;
    const from = day(map.start)?.getTime() ?? 0;
    const until = Math.max(day(map.end)?.getTime() ?? 0, from + 30 * DAY);
    const pad = (until - from) * 0.02;
    const x = (date: Date) => label + 8 + ((date.getTime() - from + pad) / (until - from + 2 * pad)) * (width - label - 8 - right);
    const at = (text: string | null) => {
      const date = day(text);
      return date ? x(date) : null;
    };
    const rowOf = new Map(map.projects.map((project, index) => [project.id, index]));
    const y = (row: number) => HEAD + row * rowHeight + drop;
    const bottom = HEAD + map.projects.length * rowHeight;
    const height = bottom + 40;
    return html`<svg viewBox="0 0 ${width} ${height}" height=${height} role="group" aria-label="Tracks: one line a project, from its start to its finish. The table below holds the same dates.">
      ${this.axis(map, x, bottom, narrow, width)}
      ${map.dependencies.map((link) => this.junction(link, rowOf, at, y))}
      ${map.projects.map((project, row) => this.track(project, y(row), at, { label, narrow, width, rowHeight, drop }))}
      ${this.terminus(map, at, bottom, width)}
    </svg>`;
  }

  private axis(map: Roadmap, x: (date: Date) => number, bottom: number, narrow: boolean, width: number) {
    const first = day(map.start) ?? new Date();
    const last = day(map.end) ?? first;
    const years: TemplateResult[] = [];
    const step = narrow && last.getUTCFullYear() - first.getUTCFullYear() > 5 ? 2 : 1;
    for (let year = first.getUTCFullYear() + 1; year <= last.getUTCFullYear(); year += step) {
      const at = x(new Date(Date.UTC(year, 0, 1)));
      if (at > width - 40) continue;
      years.push(svg`<line class="axis" x1=${at} x2=${at} y1=${HEAD - 14} y2=${bottom} /><text class="axis-text" x=${at + 3} y=${HEAD - 5}>${year}</text>` as unknown as TemplateResult);
    }
    const now = day(map.as_of);
    const today = now ? x(now) : null;
    const bands = map.tranches.map((tranche, index) => {
      const start = day(tranche.start);
      const end = day(tranche.end);
      if (!start || !end) return nothing;
      const left = Math.max(x(start), x(first));
      const room = Math.max(2, Math.min(x(end), x(last)) - left - 2);
      const text = room > tranche.name.length * 6.4 + 8 ? tranche.name : room > 26 ? `T${index + 1}` : "";
      return svg`<g><title>${tranche.code} ${tranche.name}: ${words(tranche.start)} to ${words(tranche.end)}</title>
        <rect class="tranche" x=${left} y="2" width=${room} height="18" rx="3" /><text class="soft" x=${left + 5} y="15">${text}</text></g>`;
    });
    const late = today !== null && today > width - 60;
    return svg`<g aria-hidden="true">${bands}${years}${
      today === null
        ? nothing
        : svg`<line class="today" x1=${today} x2=${today} y1=${HEAD - 18} y2=${bottom + 4} /><text class="today-text" x=${today} y=${bottom + 16} text-anchor=${late ? "end" : "middle"}>Today</text>`
    }</g>`;
  }

  private track(project: Track, y: number, at: (text: string | null) => number | null, size: { label: number; narrow: boolean; width: number; rowHeight: number; drop: number }) {
    const start = at(project.propagated_start ?? project.declared_start) ?? at(project.declared_start);
    // A stopped project ends where it stopped: it has no finish that could be early or late.
    const stopped = project.terminated_on;
    const declared = at(stopped ?? project.declared_finish);
    const arrival = stopped ? null : at(project.propagated_finish);
    const ghostStart = at(project.baseline_start ?? project.declared_start);
    const ghostEnd = at(project.baseline_finish);
    const health = colourOf(project.health);
    const closed = ["closed", "terminated"].includes(project.status) || project.stage === "closed";
    const words_ = [
      `${project.code} ${project.name}`,
      stopped ? `stopped on ${words(stopped)}` : `declared finish ${words(project.declared_finish)}`,
      !stopped && project.propagated_finish !== project.declared_finish ? `propagated finish ${words(project.propagated_finish)}` : "",
      `baseline ${words(project.baseline_finish)}`,
      stopped ? "" : closed ? "closed" : `health ${health}`,
    ].filter(Boolean);
    const labelY = size.narrow ? y - 20 : y + 4;
    const most = Math.floor((size.narrow ? size.width - 90 : size.label - 34) / 6.3);
    const text = `${project.code} ${project.name}`;
    const dim = this.touched !== null && this.touched !== project.id && !this.linked(project);
    const late = declared !== null && arrival !== null && arrival > declared + 0.5;
    const early = declared !== null && arrival !== null && arrival < declared - 0.5;
    return svg`<g class=${dim ? "dim" : ""}>
      ${ghostStart === null || ghostEnd === null ? nothing : svg`<g aria-hidden="true"><line class="ghost" x1=${ghostStart} x2=${ghostEnd} y1=${y + 7} y2=${y + 7} /><line class="ghost" x1=${ghostEnd} x2=${ghostEnd} y1=${y + 3} y2=${y + 10} /></g>`}
      ${start === null || declared === null ? nothing : svg`<line class=${closed ? "track closed" : "track"} x1=${start} x2=${Math.max(start, early && arrival !== null ? arrival : declared)} y1=${y} y2=${y} />`}
      ${late && declared !== null && arrival !== null ? svg`<line class="late" x1=${declared} x2=${arrival} y1=${y} y2=${y} />` : nothing}
      ${arrival === null ? nothing : svg`<line class="terminus" x1=${arrival} x2=${arrival} y1=${y - 6} y2=${y + 6} />`}
      ${project.milestones.map((stop) => this.station(stop, y, at))}
      <a href=${this.address(project)} aria-label=${words_.join(", ")} @focus=${() => this.touch(project.id)} @blur=${() => this.touch(null)} @pointerenter=${() => this.touch(project.id)} @pointerleave=${() => this.touch(null)}>
        <title>${words_.join("\n")}</title>
        <rect class="row-bg" x="0" y=${size.narrow ? y - 34 : y - 13} width=${size.narrow ? size.width : size.label} height="26" />
        ${closed
          ? nothing
          : svg`<rect class="mark-${health}" x="2" y=${labelY - 11} width="14" height="14" rx=${health === "green" ? 7 : health === "red" ? 1 : 3} /><text class="rag-mark" x="9" y=${labelY - 0.5}>${LETTERS[health] ?? "–"}</text>`}
        <text class="row-name" x="21" y=${labelY}>${text.length > most ? `${text.slice(0, most - 1)}…` : text}</text>
      </a>
    </g>`;
  }

  private station(stop: Station, y: number, at: (text: string | null) => number | null) {
    const on = stop.actual_on ?? stop.computed_on ?? stop.forecast_on ?? stop.baseline_on;
    const here = at(on);
    if (here === null) return nothing;
    const slipped = stop.baseline_on !== null && on !== null && on > stop.baseline_on;
    const done = stop.actual_on !== null;
    const shape = `station${done ? " done" : ""}${slipped ? " slipped" : ""}`;
    const title = `${stop.code} ${stop.title}: ${done ? "reached" : "forecast"} ${words(on)}${slipped ? `, baseline ${words(stop.baseline_on)}` : ""}`;
    return ["gate", "regulatory"].includes(stop.kind)
      ? svg`<rect class=${shape} x=${here - 4} y=${y - 4} width="8" height="8" transform="rotate(45 ${here} ${y})"><title>${title}</title></rect>`
      : svg`<circle class=${shape} cx=${here} cy=${y} r="4.5"><title>${title}</title></circle>`;
  }

  private junction(link: Junction, rowOf: Map<number, number>, at: (text: string | null) => number | null, y: (row: number) => number) {
    const receiver = link.receiver === null ? undefined : rowOf.get(link.receiver);
    const giver = link.giver === null ? undefined : rowOf.get(link.giver);
    const end = at(link.on ?? link.need_by);
    if (end === null || (receiver === undefined && giver === undefined)) return nothing;
    const colour = ["green", "amber", "red"].includes(link.status) ? link.status : "grey";
    const touching = this.touched === null || this.touched === link.giver || this.touched === link.receiver;
    const ask = link.giver === null && link.giver_contact !== null ? ` (ask ${link.giver_contact})` : "";
    const need = link.need_by ? `, needed by ${words(link.need_by)}` : "";
    const gives = `${link.giver_label ?? "a project you may not open"}${ask} gives on ${words(link.on)}`;
    const title = `${link.code}: ${gives}${need} (${link.status})`;
    const outside = giver === undefined || receiver === undefined;
    // From outside the programme the junction comes in from above its track.
    const y1 = giver === undefined ? y(receiver as number) - 13 : y(giver);
    const y2 = receiver === undefined ? y(giver as number) + 13 : y(receiver);
    const down = y2 > y1 ? 1 : -1;
    const path = outside ? `M${end},${y1} L${end},${y2 - 6 * down}` : `M${end - 14},${y1} C${end},${y1} ${end},${y1} ${end},${y1 + 12 * down} L${end},${y2 - 7 * down}`;
    return svg`<g class=${touching ? "" : "dim"} aria-hidden="true"><title>${title}</title>
      <path class="junction dep-${colour}" d=${path} />
      <path class="dep-head dep-${colour}" d="M${end - 4},${y2 - 9 * down} L${end + 4},${y2 - 9 * down} L${end},${y2 - 3 * down} Z" />
      ${["red", "amber"].includes(colour) ? svg`<text class="dep-code dep-${colour}" x=${end + 5} y=${y2 - 6 * down + (down > 0 ? 0 : 6)}>${link.code}</text>` : nothing}
      ${outside ? svg`<circle class="dep-head dep-${colour}" cx=${end} cy=${giver === undefined ? y1 : y2} r="2.5" />` : nothing}
    </g>`;
  }

  private terminus(map: Roadmap, at: (text: string | null) => number | null, bottom: number, width: number) {
    const arrival = map.finish_propagated;
    const planned = map.finish_baseline;
    const here = at(arrival);
    const arriving = day(arrival);
    if (here === null || !arriving) return nothing;
    const slip = planned ? Math.round((arriving.getTime() - (day(planned)?.getTime() ?? 0)) / DAY) : 0;
    const text = `Terminus ${shortDate.format(arriving)}${planned ? (slip === 0 ? ", on baseline" : `, ${Math.abs(slip)} days ${slip > 0 ? "after" : "before"} baseline`) : ""}`;
    const anchor = here > width / 2 ? "end" : "start";
    return svg`<g><line class="terminus" x1=${here} x2=${here} y1=${HEAD - 8} y2=${bottom + 18} /><line class="terminus" x1=${here + 4} x2=${here + 4} y1=${HEAD - 8} y2=${bottom + 18} />
      <text class="terminus-text" x=${anchor === "end" ? here + 5 : here} y=${bottom + 33} text-anchor=${anchor}>${text}</text></g>`;
  }

  /** Whether a dependency runs between this project and the one being looked at. */
  private linked(project: Track): boolean {
    const ends = [project.id, this.touched];
    return this.roadmap?.dependencies.some((link) => ends.includes(link.giver) && ends.includes(link.receiver)) ?? false;
  }

  private touch(id: number | null): void {
    this.touched = id;
    this.requestUpdate();
  }
}

customElements.define("pm-tracks", PmTracks);
