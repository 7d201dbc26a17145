/** Behind the tracks: time, tranches, today; and the terminus, where the programme arrives. */
import { type TemplateResult, nothing, svg } from "lit";
import { day, locale, shortDate, words } from "../shared/page";
import { DAY, HEAD, type Plan, type Roadmap } from "./plan";

const NAMED = 64; // pixels that the name of a month takes

type Drawn = TemplateResult | typeof nothing;

export function axis(map: Roadmap, plan: Plan): TemplateResult {
  return svg`<g aria-hidden="true">${tranches(map, plan)}${lines(map, plan)}${today(map, plan)}</g>`;
}

/** A day that has a line, and what is written at it. */
interface Tick {
  on: Date;
  text: string;
}

function lines(map: Roadmap, plan: Plan): TemplateResult[] {
  const first = day(map.start) ?? new Date();
  const last = day(map.end) ?? first;
  return [...ticks(first, last, plan)]
    .map(({ on, text }) => ({ at: plan.x(on), text }))
    .filter(({ at }) => at >= plan.label && at <= plan.width - 40)
    .map(({ at, text }) => line(text, at, plan.bottom));
}

function* ticks(first: Date, last: Date, plan: Plan): Generator<Tick> {
  if (plan.zoom === "weeks") yield* weeks(first, last);
  else if (plan.zoom === "months") yield* months(first, last, 1);
  else if (plan.zoom === "quarters") yield* months(first, last, 3);
  else yield* fitting(first, last, plan);
}

/** As fine as there is room for the names: months, quarters or years. */
function fitting(first: Date, last: Date, plan: Plan): Generator<Tick> {
  const month = plan.x(new Date(first.getTime() + 30 * DAY)) - plan.x(first);
  if (month >= NAMED) return months(first, last, 1);
  return month * 3 >= NAMED ? months(first, last, 3) : years(first, last, plan);
}

function* years(first: Date, last: Date, plan: Plan): Generator<Tick> {
  const [from, until] = [first.getUTCFullYear(), last.getUTCFullYear()];
  const step = plan.narrow && until - from > 5 ? 2 : 1;
  for (let year = from + 1; year <= until; year += step) {
    yield { on: new Date(Date.UTC(year, 0, 1)), text: String(year) };
  }
}

const monthName = new Intl.DateTimeFormat(locale, {
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

function* months(first: Date, last: Date, step: number): Generator<Tick> {
  const start = first.getUTCMonth() - (first.getUTCMonth() % step);
  for (let month = start; ; month += step) {
    const on = new Date(Date.UTC(first.getUTCFullYear(), month, 1));
    if (on > last) return;
    yield { on, text: monthName.format(on) };
  }
}

/** Mondays. */
function* weeks(first: Date, last: Date): Generator<Tick> {
  const monday = first.getTime() - ((first.getUTCDay() + 6) % 7) * DAY;
  for (let time = monday; time <= last.getTime(); time += 7 * DAY) {
    const on = new Date(time);
    yield { on, text: shortDate.format(on) };
  }
}

function line(text: string, at: number, bottom: number): TemplateResult {
  return svg`
    <line class="axis" x1=${at} x2=${at} y1=${HEAD - 14} y2=${bottom} />
    <text class="axis-text" x=${at + 3} y=${HEAD - 5}>${text}</text>`;
}

function tranches(map: Roadmap, plan: Plan): Drawn[] {
  return map.tranches.map((tranche, index) => {
    const [start, end] = [plan.at(tranche.start), plan.at(tranche.end)];
    if (start === null || end === null) return nothing;
    const left = Math.max(start, plan.at(map.start) ?? start);
    const room = Math.max(2, Math.min(end, plan.at(map.end) ?? end) - left - 2);
    const short = room > 26 ? `T${index + 1}` : "";
    const text = room > tranche.name.length * 6.4 + 8 ? tranche.name : short;
    const days = `${words(tranche.start)} to ${words(tranche.end)}`;
    return svg`<g><title>${tranche.code} ${tranche.name}: ${days}</title>
      <rect class="tranche" x=${left} y="2" width=${room} height="18" rx="3" />
      <text class="soft" x=${left + 5} y="15">${text}</text></g>`;
  });
}

function today(map: Roadmap, plan: Plan): Drawn {
  const at = plan.at(map.as_of);
  if (at === null) return nothing;
  const anchor = at > plan.width - 60 ? "end" : "middle";
  return svg`
    <line class="today" x1=${at} x2=${at} y1=${HEAD - 18} y2=${plan.bottom + 4} />
    <text class="today-text" x=${at} y=${plan.bottom + 16} text-anchor=${anchor}>Today</text>`;
}

export function terminus(map: Roadmap, plan: Plan): Drawn {
  const at = plan.at(map.finish_propagated);
  const arriving = day(map.finish_propagated);
  if (at === null || !arriving) return nothing;
  const anchor = at > plan.width / 2 ? "end" : "start";
  const text = `Terminus ${shortDate.format(arriving)}${against(map.finish_baseline, arriving)}`;
  const [top, foot] = [HEAD - 8, plan.bottom + 18];
  return svg`<g>
    <line class="terminus" x1=${at} x2=${at} y1=${top} y2=${foot} />
    <line class="terminus" x1=${at + 4} x2=${at + 4} y1=${top} y2=${foot} />
    <text class="terminus-text" text-anchor=${anchor}
      x=${anchor === "end" ? at + 5 : at} y=${plan.bottom + 33}>${text}</text>
  </g>`;
}

/** How a day stands to the baseline, if there is one. */
function against(baseline: string | null, arriving: Date): string {
  const planned = day(baseline);
  if (!planned) return "";
  const slip = Math.round((arriving.getTime() - planned.getTime()) / DAY);
  if (slip === 0) return ", on baseline";
  return `, ${Math.abs(slip)} days ${slip > 0 ? "after" : "before"} baseline`;
}
