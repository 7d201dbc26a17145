/** A dependency as a junction from the giver's track to the receiver's, on the day on which it comes. */
import { type TemplateResult, nothing, svg } from "lit";
import { words } from "../shared/page";
import type { Junction, Plan } from "./plan";

const PRESSING = ["red", "amber"];
const COLOURS = ["green", ...PRESSING];

interface Place {
  /** Where in time. */
  x: number;
  /** From which height to which; `down` is 1, or -1 where it goes up. */
  from: number;
  to: number;
  down: number;
  /** The height of the end that is not in the picture; null where both are. */
  loose: number | null;
}

export function junction(
  link: Junction,
  plan: Plan,
  dim: boolean,
): TemplateResult | typeof nothing {
  const place = placeOf(link, plan);
  if (!place) return nothing;
  const { x, to, down, loose } = place;
  const colour = COLOURS.includes(link.status) ? link.status : "grey";
  const head = `M${x - 4},${to - 9 * down} L${x + 4},${to - 9 * down} L${x},${to - 3 * down} Z`;
  const under = to - 6 * down + (down > 0 ? 0 : 6);
  return svg`<g class=${dim ? "dim" : ""} aria-hidden="true"><title>${wordsOf(link)}</title>
    <path class="junction dep-${colour}" d=${wayOf(place)} />
    <path class="dep-head dep-${colour}" d=${head} />
    ${
      PRESSING.includes(colour)
        ? svg`<text class="dep-code dep-${colour}" x=${x + 5} y=${under}>${link.code}</text>`
        : nothing
    }
    ${
      loose === null
        ? nothing
        : svg`<circle class="dep-head dep-${colour}" cx=${x} cy=${loose} r="2.5" />`
    }
  </g>`;
}

/** Where a dependency is drawn; null where neither end or no day is known. */
function placeOf(link: Junction, plan: Plan): Place | null {
  const x = plan.at(link.on ?? link.need_by);
  const [giver, receiver] = [heightOf(link.giver, plan), heightOf(link.receiver, plan)];
  if (x === null) return null;
  const between = (from: number, to: number) => ({ x, from, to, down: to > from ? 1 : -1 });
  if (giver !== null && receiver !== null) return { ...between(giver, receiver), loose: null };
  // From outside the programme it comes in from above its track, to the outside it goes below.
  if (receiver !== null) return { ...between(receiver - 13, receiver), loose: receiver - 13 };
  if (giver !== null) return { ...between(giver, giver + 13), loose: giver + 13 };
  return null;
}

function heightOf(project: number | null, plan: Plan): number | null {
  const row = project === null ? undefined : plan.rowOf.get(project);
  return row === undefined ? null : plan.y(row);
}

function wayOf({ x, from, to, down, loose }: Place): string {
  if (loose !== null) return `M${x},${from} L${x},${to - 6 * down}`;
  const bend = `C${x},${from} ${x},${from} ${x},${from + 12 * down}`;
  return `M${x - 14},${from} ${bend} L${x},${to - 7 * down}`;
}

function wordsOf(link: Junction): string {
  const unseen = link.giver === null && link.giver_contact !== null;
  const ask = unseen ? ` (ask ${link.giver_contact})` : "";
  const need = link.need_by ? `, needed by ${words(link.need_by)}` : "";
  const giver = `${link.giver_label ?? "a project you may not open"}${ask}`;
  return `${link.code}: ${giver} gives on ${words(link.on)}${need} (${link.status})`;
}
