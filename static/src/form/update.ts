/** What the form of an update sends: its fields are named by where they go. */
import { type Value, type Values, same } from "./fields";

type Item = Record<string, Value | number>;

interface Body {
  report?: Item;
  project?: Item;
  [list: string]: Item | Item[] | undefined;
}

export interface Composed {
  body: Body;
  /** Which record of the form an item of the body is: `risks.0` is `risks.12`. */
  places: Record<string, string>;
}

/**
 * The body of an update from what a form holds: of the project and of records that are there what differs from
 * `initial`, with their `versions`; of new ones all that is filled in, where anything is; of the report all words.
 */
export function composed(
  values: Values,
  initial: Values,
  versions: Readonly<Record<string, string>>,
): Composed {
  const found = new Map<string, { changed: Item; filled: Item }>();
  for (const [path, value] of Object.entries(values)) {
    const parts = path.split(".");
    const name = parts.pop() ?? "";
    const key = parts.join(".");
    const item = found.get(key) ?? { changed: {}, filled: {} };
    found.set(key, item);
    if (!same(value, initial[path])) item.changed[name] = value;
    if (value !== null && value !== "") item.filled[name] = value;
  }
  const body: Body = { report: { ...found.get("report")?.filled } };
  const places: Record<string, string> = {};
  for (const [key, { changed, filled }] of found) {
    if (key === "report" || !Object.keys(changed).length) continue;
    const [list = "", id] = key.split(".");
    const version = Number(versions[key]);
    if (id === undefined) {
      body[list] = { version, ...changed };
      continue;
    }
    const items = (body[list] ??= []) as Item[];
    places[`${list}.${items.length}`] = key;
    items.push(key in versions ? { id: Number(id), version, ...changed } : filled);
  }
  return { body, places };
}
