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
const LETTER = 6.3; // pixels of one, about
const WIDEST = 60_000; // pixels of a picture

export const ZOOMS = ["years", "quarters", "months", "weeks"] as const;
type Zoom = (typeof ZOOMS)[number];
const PIXELS_OF_A_DAY: Record<Zoom, number> = { years: 0.6, quarters: 1.6, months: 4.5, weeks: 16 };

/** How the tracks are to be drawn. */
export interface Ask {
  /** The width there is, in pixels. */
  room: number;
  /** How much of it a year, a quarter … takes; null: all of the time fits in. */
  zoom: Zoom | null;
  group: "tranche" | "health" | null;
  /** Whether names are written out, however long they are. */
  full: boolean;
  /** The height that all rows have to fit in, on paper. */
  height?: number;
}

/** A row: a track, or the title of those that follow. */
export type Row = { title: string } | { track: Track };

/** Measures in pixels, from the upper left corner. */
export interface Plan {
  width: number;
  height: number;
  narrow: boolean;
  zoom: Zoom | null;
  rows: readonly Row[];
  rowHeight: number;
  /** The width of the names beside the tracks; none where they stand above them. */
  label: number;
  /** How many letters of a name there is room for. */
  letters: number;
  /** Where the last row ends. */
  bottom: number;
  x: (date: Date) => number;
  /** Which day is drawn there. */
  dayAt: (x: number) => Date;
  /** Where a day of REST is; null where there is none. */
  at: (text: string | null) => number | null;
  /** The middle of a row. */
  y: (row: number) => number;
  rowOf: ReadonlyMap<number, number>;
}

/** The plan of a roadmap in a box of some width. */
export function planOf(map: Roadmap, ask: Ask): Plan {
  const narrow = ask.room < NARROW;
  const rows = rowsOf(map, ask.group);
  const label = narrow ? 0 : labelOf(map, ask);
  const [usual, right] = narrow ? [52, 14] : [34, 24];
  const rowHeight = ask.height ? Math.min(usual, (ask.height - HEAD - 40) / rows.length) : usual;
  const drop = narrow ? 34 : rowHeight / 2;
  const bottom = HEAD + rows.length * rowHeight;
  const { from, until } = spanOf(map);
  const days = (until - from) / DAY;
  const scale = ask.zoom ? Math.min(PIXELS_OF_A_DAY[ask.zoom], WIDEST / days) * days : 0;
  const width = Math.max(ask.room, label + scale + right);
  const left = label + 8;
  const pixels = (width - right - left) / (until - from);
  const x = (date: Date) => left + (date.getTime() - from) * pixels;
  const letters = Math.floor((narrow ? width - 90 : label - 34) / LETTER);
  return {
    ...{ width, height: bottom + 40, narrow, zoom: ask.zoom, rows, rowHeight, label, letters },
    ...{ bottom, x },
    dayAt: (place) => new Date(Math.round((from + (place - left) / pixels) / DAY) * DAY),
    at: (text) => {
      const date = day(text);
      return date ? x(date) : null;
    },
    y: (row) => HEAD + row * rowHeight + drop,
    rowOf: new Map(rows.flatMap((row, index) => ("track" in row ? [[row.track.id, index]] : []))),
  };
}

export function nameOf(track: Track): string {
  return `${track.code} ${track.name}`;
}

function labelOf(map: Roadmap, { room, full }: Ask): number {
  const usual = Math.min(320, Math.max(180, room * 0.26));
  if (!full) return usual;
  const longest = Math.max(...map.projects.map((track) => nameOf(track).length));
  return Math.max(usual, longest * LETTER + 40);
}

/** Days of the roadmap, with a margin on both sides. */
function spanOf(map: Roadmap): { from: number; until: number } {
  const from = day(map.start)?.getTime() ?? 0;
  const until = Math.max(day(map.end)?.getTime() ?? 0, from + 30 * DAY);
  const pad = (until - from) * 0.02;
  return { from: from - pad, until: until + pad };
}

const HEALTHS = { red: "Red", amber: "Amber", green: "Green", grey: "Not known" };

/** The rows in order; in groups, those of each below its title. */
function rowsOf(map: Roadmap, group: Ask["group"]): Row[] {
  if (!group) return map.projects.map((track) => ({ track }));
  const titles =
    group === "health"
      ? Object.entries(HEALTHS)
      : [
          ...map.tranches.map((each) => [each.code, `${each.code} ${each.name}`]),
          ["", "No tranche"],
        ];
  return titles.flatMap(([key = "", title = ""]) => {
    const mine = map.projects.filter((track) => (keyOf(track, group) ?? "") === key);
    return mine.length ? [{ title }, ...mine.map((track) => ({ track }))] : [];
  });
}

function keyOf(track: Track, group: "tranche" | "health"): string | null {
  if (group === "tranche") return track.tranche;
  return track.health !== null && track.health in HEALTHS ? track.health : "grey";
}
