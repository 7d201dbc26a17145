/** The names of the tracks, as links: beside them or, where it is narrow, above them. */
import { type TemplateResult, nothing, svg } from "lit";
import { words } from "../shared/page";
import { type Plan, type Track, nameOf } from "./plan";

const MARKS: Record<string, { letter: string; corners: number }> = {
  green: { letter: "G", corners: 7 },
  amber: { letter: "A", corners: 3 },
  red: { letter: "R", corners: 1 },
};
const UNKNOWN = { letter: "–", corners: 3 };

interface Naming {
  /** The page of the project. */
  address: string;
  touch: (id: number | null) => void;
}

/** What stays beside the tracks when these are scrolled: it covers them. */
export function cover(plan: Plan): TemplateResult | typeof nothing {
  if (plan.narrow || !plan.zoom) return nothing;
  return svg`<rect class="names-cover" x="0" y="0" width=${plan.label} height=${plan.bottom} />`;
}

export function groupTitle(title: string, y: number): TemplateResult {
  return svg`<text class="group-title" x="2" y=${y + 4}>${title}</text>`;
}

export function name(track: Track, y: number, plan: Plan, look: Naming): TemplateResult {
  const said = wordsOf(track);
  const height = Math.min(26, plan.rowHeight);
  const top = plan.narrow ? y - 34 : y - height / 2;
  const middle = plan.narrow ? y - 20 : y + 4;
  const enter = () => look.touch(track.id);
  const leave = () => look.touch(null);
  return svg`<a href=${look.address} aria-label=${said.join(", ")} data-row=${track.id}
    @focus=${enter} @blur=${leave} @pointerenter=${enter} @pointerleave=${leave}>
    <title>${said.join("\n")}</title>
    <rect class="row-bg" x="0" y=${top} width=${plan.narrow ? plan.width : plan.label} height=${height} />
    ${isClosed(track) ? nothing : mark(healthOf(track), middle)}
    <text class="row-name" x="21" y=${middle}>${shortened(nameOf(track), plan.letters)}</text>
  </a>`;
}

export function isClosed(track: Track): boolean {
  return ["closed", "terminated"].includes(track.status) || track.stage === "closed";
}

/** The project in words. */
function wordsOf(track: Track): string[] {
  const stopped = track.terminated_on;
  const said = [nameOf(track)];
  if (stopped) said.push(`stopped on ${words(stopped)}`);
  else said.push(`declared finish ${words(track.declared_finish)}`);
  if (!stopped && track.propagated_finish !== track.declared_finish) {
    said.push(`propagated finish ${words(track.propagated_finish)}`);
  }
  said.push(`baseline ${words(track.baseline_finish)}`);
  if (track.drag_days) said.push(`drag ${track.drag_days} days`);
  if (!stopped) said.push(isClosed(track) ? "closed" : `health ${healthOf(track)}`);
  return said;
}

function healthOf(track: Track): string {
  return track.health !== null && track.health in MARKS ? track.health : "grey";
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function mark(health: string, y: number): TemplateResult {
  const { letter, corners } = MARKS[health] ?? UNKNOWN;
  return svg`
    <rect class="mark-${health}" x="2" y=${y - 11} width="14" height="14" rx=${corners} />
    <text class="rag-mark" x="9" y=${y - 0.5}>${letter}</text>`;
}
