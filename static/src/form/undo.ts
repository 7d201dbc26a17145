/** What takes a saved change back. */
import type { Saved } from "../shared/api";
import { type Value, type Values, reasonsOf } from "./fields";

/** Why an undo is made, as the history of the record tells it. */
const UNDONE = "Undone right after it was saved.";

/** The values from before of what was sent and of what the server set along with it; and why, where a form asks. */
export function undoOf(form: HTMLFormElement, before: Values, sent: Values, saved: Saved): Values {
  const stored = saved as Record<string, unknown>;
  const back: Values = {};
  for (const [name, value] of Object.entries(before)) {
    if (name in sent || (name in stored && !alike(stored[name], value))) back[name] = value;
  }
  for (const field of reasonsOf(form)) back[field.name] = UNDONE;
  return back;
}

/** Whether somebody else changed since what is to be saved: fields of it hold now what they did not hold at first. */
export function clashes(sent: Values, before: Values, now: Record<string, unknown>): boolean {
  return Object.keys(sent).some(
    (name) => name in now && name in before && !alike(now[name], before[name] ?? null),
  );
}

/** What somebody else changed besides, as the fields of a form hold it. */
export function others(sent: Values, before: Values, now: Record<string, unknown>): Values {
  const changed = Object.entries(before).filter(
    ([name, value]) => name in now && !(name in sent) && !alike(now[name], value),
  );
  return Object.fromEntries(changed.map(([name]) => [name, held(now[name])]));
}

function held(stored: unknown): Value {
  if (typeof stored === "boolean" || stored === null) return stored;
  return text(stored).replace(/^(-?\d+)\.0+$|^(-?\d+\.\d*?[1-9])0+$/, "$1$2");
}

/** Whether a field held what the server stores, in whatever form either writes a number or nothing. */
function alike(stored: unknown, held: Value): boolean {
  const [one = "", other = ""] = [stored ?? "", held ?? ""].map(text);
  return one === other || (one !== "" && other !== "" && Number(one) === Number(other));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
