/** An update that others overtook: what they saved meanwhile, beside what was typed. */
import type { Problem } from "../shared/api";
import { OVERTAKEN, showConflict } from "./conflict";
import { type Values, fieldsOf, fill, same, valuesOf } from "./fields";
import { clashes, others } from "./undo";

/** What is stored now of the records of an update: by the names of its fields, and their versions. */
interface Stored {
  values: Record<string, unknown>;
  versions: Record<string, string>;
}

interface Ways {
  /** Take over the version that a record of the form has now. */
  take: (record: string, version: string) => void;
  send: () => void;
  reload: () => void;
}

/** What is stored now of what is stale; `places` says which record an item is. */
function storedNow(problem: Partial<Problem>, places: Readonly<Record<string, string>>): Stored {
  const stored: Stored = { values: {}, versions: {} };
  for (const [place, { current }] of Object.entries(problem.items ?? {})) {
    if (typeof current !== "object" || current === null) continue;
    const key = place.replace("/", ".");
    const record = places[key] ?? key;
    for (const [name, value] of Object.entries(current)) stored.values[`${record}.${name}`] = value;
    stored.versions[record] = String(stored.values[`${record}.version`]);
  }
  return stored;
}

/**
 * Have an update go on over what others saved. Where they changed other fields, both stand and it is sent again; else
 * both are shown, and whoever typed chooses. `initial` becomes what is saved.
 */
export function mergeOrAsk(
  host: HTMLElement,
  form: HTMLFormElement,
  initial: Values,
  problem: Partial<Problem>,
  places: Readonly<Record<string, string>>,
  { take, send, reload }: Ways,
): void {
  const { values, versions } = storedNow(problem, places);
  const typed = Object.entries(valuesOf(form)).filter(
    ([name, value]) => name in values && !same(value, initial[name] ?? null),
  );
  const before = Object.fromEntries(
    fieldsOf(form).map(({ name }) => [name, initial[name] ?? null]),
  );
  const mine = Object.fromEntries(typed);
  const over = () => {
    const theirs = others(mine, before, values);
    fill(form, theirs);
    Object.assign(initial, theirs);
    for (const [record, version] of Object.entries(versions)) take(record, version);
    send();
  };
  if (!clashes(mine, initial, values)) {
    over();
    return;
  }
  const met = typed.filter(([name, value]) => clashes({ [name]: value }, initial, values));
  showConflict(host, form, Object.fromEntries(met), values, { ...OVERTAKEN, keep: over, reload });
}
