/** The critical chain: what makes the programme finish when it does, from its first event to the last. */
import { type TemplateResult, nothing, svg } from "lit";
import { words } from "../shared/page";
import type { Plan, Roadmap } from "./plan";

type Step = Roadmap["critical_chain"][number];

/** One band under the tracks, and at each turn the drag of the dependency that makes it. */
export function chain(map: Roadmap, plan: Plan): TemplateResult | typeof nothing {
  const steps = [...map.critical_chain].reverse();
  const corners = steps.flatMap((step, index) => cornersOf(map, plan, step, steps[index - 1]));
  if (corners.length < 2) return nothing;
  return svg`<g aria-hidden="true">
    <path class="chain" d="M${corners.join(" L")}"><title>${said(steps)}</title></path>
    ${steps.map((step) => dragOf(step, plan))}
  </g>`;
}

/** From where the event before it is, down or up to the track of this one, and along it. */
function cornersOf(map: Roadmap, plan: Plan, step: Step, before: Step | undefined): string[] {
  const row = plan.rowOf.get(step.project);
  const end = plan.at(step.on);
  if (row === undefined || end === null) return [];
  const start = before ? plan.at(before.on) : firstOf(map, plan, step);
  const y = plan.y(row);
  return start === null ? [`${end},${y}`] : [`${start},${y}`, `${end},${y}`];
}

/** Where the chain begins: at the start of its first project, or today where that is overdue. */
function firstOf(map: Roadmap, plan: Plan, step: Step): number | null {
  const track = map.projects.find((each) => each.id === step.project);
  const start = step.driver === "status_date" ? map.as_of : (track?.propagated_start ?? null);
  return plan.at(start && start < step.on ? start : null);
}

function dragOf(step: Step, plan: Plan): TemplateResult | typeof nothing {
  const row = plan.rowOf.get(step.project);
  const at = plan.at(step.on);
  if (!step.drag_days || !step.driver || row === undefined || at === null) return nothing;
  const text = `${step.driver} drags ${step.drag_days} d`;
  return svg`<text class="chain-text" x=${at - 6} y=${plan.y(row) - 7} text-anchor="end">${text}</text>`;
}

function said(steps: readonly Step[]): string {
  const events = steps.map((step) => `${step.code} ${step.event} ${words(step.on)}`);
  return `Critical chain: ${events.join(" → ")}`;
}
