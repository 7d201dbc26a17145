/**
 * <pm-tracks programme="3">: the roadmap as railway tracks.
 *
 * One track a project, from start to declared finish; a dashed stretch to the propagated finish when
 * dependencies push it later; the approved baseline as a ghost below; milestones as stations;
 * dependencies as junctions coloured by their status; today; and the programme's terminus.
 * The server's table stays inside as the text alternative.
 */
import { LitElement, type TemplateResult, html, nothing } from "lit";
import { api, then } from "../shared/api";
import { axis, terminus } from "../tracks/axis";
import { junction } from "../tracks/junction";
import { type Junction, type Roadmap, type Track, planOf } from "../tracks/plan";
import { track } from "../tracks/track";

const ALTERNATIVE =
  "Tracks: one line a project, from its start to its finish. The table below holds the same dates.";

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
    box.dataset.keep = "";
    this.prepend(box);
    return box;
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
    const { data } = await api.GET("/api/v1/programmes/{id}/roadmap/", {
      params: { path: { id }, query: then(this) },
    });
    if (!data || !this.isConnected) return;
    this.roadmap = data;
    this.requestUpdate();
  }

  protected override render(): TemplateResult | typeof nothing {
    const map = this.roadmap;
    if (!map || !this.room || map.projects.length === 0) return nothing;
    const plan = planOf(map, this.room);
    return html`<svg
      viewBox="0 0 ${plan.width} ${plan.height}"
      height=${plan.height}
      role="group"
      aria-label=${ALTERNATIVE}
    >
      ${axis(map, plan)} ${map.dependencies.map((link) => junction(link, plan, this.isAside(link)))}
      ${map.projects.map((project, row) =>
        track(project, plan.y(row), plan, {
          address: this.address(project),
          dim: this.isUnlinked(project),
          touch: (id) => this.touch(id),
        }),
      )}
      ${terminus(map, plan)}
    </svg>`;
  }

  /** The page of a project, at the moment that the tracks show. */
  private address(project: Track): string {
    return `${project.html_url}?${new URLSearchParams(then(this)).toString()}`.replace(/\?$/, "");
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

customElements.define("pm-tracks", PmTracks);
