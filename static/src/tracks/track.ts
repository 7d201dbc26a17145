/** The track of a project: its name and health, its way from start to finish, the baseline below, its milestones. */
import { type TemplateResult, nothing, svg } from "lit";
import { words } from "../shared/page";
import type { Plan, Station, Track } from "./plan";

type Drawn = TemplateResult | typeof nothing;

const MARKS: Record<string, { letter: string; corners: number }> = {
  green: { letter: "G", corners: 7 },
  amber: { letter: "A", corners: 3 },
  red: { letter: "R", corners: 1 },
};
const UNKNOWN = { letter: "–", corners: 3 };

interface Look {
  /** The page of the project. */
  address: string;
  /** Whether another project is being looked at that has nothing to do with it. */
  dim: boolean;
  touch: (id: number | null) => void;
}

export function track(project: Track, y: number, plan: Plan, look: Look): TemplateResult {
  return svg`<g class=${look.dim ? "dim" : ""}>
    ${baseline(project, y, plan)}
    ${stretches(project, y, plan)}
    ${project.milestones.map((stop) => station(stop, y, plan))}
    ${nameOf(project, y, plan, look)}
  </g>`;
}

function isClosed(project: Track): boolean {
  return ["closed", "terminated"].includes(project.status) || project.stage === "closed";
}

/** The approved baseline as a ghost below the track. */
function baseline(project: Track, y: number, plan: Plan): Drawn {
  const start = plan.at(project.baseline_start ?? project.declared_start);
  const end = plan.at(project.baseline_finish);
  if (start === null || end === null) return nothing;
  return svg`<g aria-hidden="true">
    <line class="ghost" x1=${start} x2=${end} y1=${y + 7} y2=${y + 7} />
    <line class="ghost" x1=${end} x2=${end} y1=${y + 3} y2=${y + 10} />
  </g>`;
}

/** The track itself, and what comes later than declared; it ends where the project arrives. */
function stretches(project: Track, y: number, plan: Plan): Drawn[] {
  const start =
    plan.at(project.propagated_start ?? project.declared_start) ?? plan.at(project.declared_start);
  // A stopped project ends where it stopped: it has no finish that could be early or late.
  const stopped = project.terminated_on;
  const declared = plan.at(stopped ?? project.declared_finish);
  const arrival = stopped ? null : plan.at(project.propagated_finish);
  const line = (shape: string, from: number, to: number) =>
    svg`<line class=${shape} x1=${from} x2=${to} y1=${y} y2=${y} />`;
  const drawn: Drawn[] = [];
  if (start !== null && declared !== null) {
    const early = arrival !== null && arrival < declared - 0.5;
    const end = Math.max(start, early ? arrival : declared);
    drawn.push(line(isClosed(project) ? "track closed" : "track", start, end));
  }
  if (arrival !== null) {
    const late = declared !== null && arrival > declared + 0.5;
    if (late) drawn.push(line("late", declared, arrival));
    drawn.push(svg`<line class="terminus" x1=${arrival} x2=${arrival} y1=${y - 6} y2=${y + 6} />`);
  }
  return drawn;
}

/** The project in words. */
function wordsOf(project: Track): string[] {
  const stopped = project.terminated_on;
  const found = [`${project.code} ${project.name}`];
  if (stopped) found.push(`stopped on ${words(stopped)}`);
  else found.push(`declared finish ${words(project.declared_finish)}`);
  if (!stopped && project.propagated_finish !== project.declared_finish) {
    found.push(`propagated finish ${words(project.propagated_finish)}`);
  }
  found.push(`baseline ${words(project.baseline_finish)}`);
  if (!stopped) found.push(isClosed(project) ? "closed" : `health ${healthOf(project)}`);
  return found;
}

function healthOf(project: Track): string {
  return project.health !== null && project.health in MARKS ? project.health : "grey";
}

/** The name, as a link: beside the track or, where it is narrow, above it. */
function nameOf(project: Track, y: number, plan: Plan, { address, touch }: Look): TemplateResult {
  const said = wordsOf(project);
  const top = plan.narrow ? y - 34 : y - 13;
  const middle = plan.narrow ? y - 20 : y + 4;
  const room = plan.narrow ? plan.width - 90 : plan.label - 34;
  const text = shortened(`${project.code} ${project.name}`, Math.floor(room / 6.3));
  const enter = () => touch(project.id);
  const leave = () => touch(null);
  return svg`<a href=${address} aria-label=${said.join(", ")}
    @focus=${enter} @blur=${leave} @pointerenter=${enter} @pointerleave=${leave}>
    <title>${said.join("\n")}</title>
    <rect class="row-bg" x="0" y=${top} width=${plan.narrow ? plan.width : plan.label} height="26" />
    ${isClosed(project) ? nothing : mark(healthOf(project), middle)}
    <text class="row-name" x="21" y=${middle}>${text}</text>
  </a>`;
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

function station(stop: Station, y: number, plan: Plan): Drawn {
  const on = stop.actual_on ?? stop.computed_on ?? stop.forecast_on ?? stop.baseline_on;
  const at = plan.at(on);
  if (at === null) return nothing;
  const slipped = stop.baseline_on !== null && on !== null && on > stop.baseline_on;
  const done = stop.actual_on !== null;
  const shape = `station${done ? " done" : ""}${slipped ? " slipped" : ""}`;
  const against = slipped ? `, baseline ${words(stop.baseline_on)}` : "";
  const comes = `${done ? "reached" : "forecast"} ${words(on)}${against}`;
  const title = svg`<title>${stop.code} ${stop.title}: ${comes}</title>`;
  if (!["gate", "regulatory"].includes(stop.kind)) {
    return svg`<circle class=${shape} cx=${at} cy=${y} r="4.5">${title}</circle>`;
  }
  return svg`<rect class=${shape} x=${at - 4} y=${y - 4} width="8" height="8"
    transform="rotate(45 ${at} ${y})">${title}</rect>`;
}
