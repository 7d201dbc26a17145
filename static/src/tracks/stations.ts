/** The track of a project: its way from start to finish, the baseline below, its milestones as stations. */
import { type TemplateResult, nothing, svg } from "lit";
import { words } from "../shared/page";
import { isClosed } from "./names";
import type { Plan, Station, Track } from "./plan";

type Drawn = TemplateResult | typeof nothing;

interface Look {
  /** Whether another project is being looked at that has nothing to do with it. */
  dim: boolean;
  /** The page of a station; none where stations are only looked at. */
  page: ((stop: Station) => string) | null;
  /** Whether its milestones may be moved. */
  writable: boolean;
}

export function track(project: Track, y: number, plan: Plan, look: Look): TemplateResult {
  const stops = [...project.milestones].sort((one, other) => when(one).localeCompare(when(other)));
  return svg`<g class=${look.dim ? "dim" : ""}>
    ${baseline(project, y, plan)}
    ${stretches(project, y, plan)}
    ${stops.map((stop) => station(project, stop, y, plan, look))}
  </g>`;
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

/** When a milestone came, or comes. */
function when(stop: Station): string {
  return stop.actual_on ?? stop.computed_on ?? stop.forecast_on ?? stop.baseline_on ?? "";
}

function station(project: Track, stop: Station, y: number, plan: Plan, look: Look): Drawn {
  const at = plan.at(when(stop) || null);
  if (at === null) return nothing;
  const said = wordsOf(stop);
  const drawn = svg`<title>${said}</title>${shapeOf(stop, at, y)}`;
  if (!look.page) return svg`<g>${drawn}</g>`;
  const moves = look.writable && stop.actual_on === null;
  // A target of 24 pixels around what is drawn.
  return svg`<a class=${moves ? "stop movable" : "stop"} href=${look.page(stop)} tabindex="-1"
    aria-label=${said} data-row=${project.id} data-x=${at} data-y=${y}
    data-declared=${stop.forecast_on ?? stop.baseline_on}>
    <rect class="row-bg" x=${at - 12} y=${y - 12} width="24" height="24" />${drawn}</a>`;
}

function shapeOf(stop: Station, at: number, y: number): TemplateResult {
  const slipped = stop.baseline_on !== null && when(stop) > stop.baseline_on;
  const shape = `station${stop.actual_on ? " done" : ""}${slipped ? " slipped" : ""}`;
  if (!["gate", "regulatory"].includes(stop.kind)) {
    return svg`<circle class=${shape} cx=${at} cy=${y} r="4.5" />`;
  }
  return svg`<rect class=${shape} x=${at - 4} y=${y - 4} width="8" height="8"
    transform="rotate(45 ${at} ${y})" />`;
}

/** A milestone in words: when it comes, against its baseline, and what that is to the programme's finish. */
function wordsOf(stop: Station): string {
  const on = when(stop);
  const said = [`${stop.actual_on ? "reached" : "forecast"} ${words(on)}`];
  if (stop.baseline_on !== null && on > stop.baseline_on) {
    said.push(`baseline ${words(stop.baseline_on)}`);
  }
  if (stop.float_days !== null) said.push(`float ${stop.float_days} days`);
  if (stop.drag_days) said.push(`drag ${stop.drag_days} days`);
  return `${stop.code} ${stop.title}: ${said.join(", ")}`;
}
