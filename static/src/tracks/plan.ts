/** Where things are in the picture of the tracks: one row a project, time from left to right. */
import type { components } from "../schema";
import { day } from "../shared/page";

export type Roadmap = components["schemas"]["Roadmap"];
export type Track = components["schemas"]["Track"];
export type Junction = components["schemas"]["Junction"];
export type Station = components["schemas"]["Station"];

export const DAY = 86_400_000;
export const HEAD = 46; // pixels above the first row
const NARROW = 640;

/** Measures in pixels, from the upper left corner. */
export interface Plan {
  width: number;
  height: number;
  narrow: boolean;
  /** The width of the names beside the tracks; none where they stand above them. */
  label: number;
  /** Where the last row ends. */
  bottom: number;
  x: (date: Date) => number;
  /** Where a day of REST is; null where there is none. */
  at: (text: string | null) => number | null;
  /** The middle of a row. */
  y: (row: number) => number;
  rowOf: ReadonlyMap<number, number>;
}

/** The plan of a roadmap in a box of some width. */
export function planOf(map: Roadmap, width: number): Plan {
  const narrow = width < NARROW;
  const label = narrow ? 0 : Math.min(320, Math.max(180, width * 0.26));
  const [rowHeight, drop, right] = narrow ? [52, 34, 14] : [34, 17, 24];
  const bottom = HEAD + map.projects.length * rowHeight;
  const x = scale(map, label + 8, width - right);
  return {
    ...{ width, height: bottom + 40, narrow, label, bottom, x },
    at: (text) => {
      const date = day(text);
      return date ? x(date) : null;
    },
    y: (row) => HEAD + row * rowHeight + drop,
    rowOf: new Map(map.projects.map((project, index) => [project.id, index])),
  };
}

/** Days of the roadmap, with a margin on both sides, onto the pixels from `left` to `right`. */
function scale(map: Roadmap, left: number, right: number): (date: Date) => number {
  const from = day(map.start)?.getTime() ?? 0;
  const until = Math.max(day(map.end)?.getTime() ?? 0, from + 30 * DAY);
  const pad = (until - from) * 0.02;
  const span = until - from + 2 * pad;
  return (date) => left + ((date.getTime() - from + pad) / span) * (right - left);
}
