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

/** Whether a field held what the server stores, in whatever form either writes a number or nothing. */
function alike(stored: unknown, held: Value): boolean {
  const [one = "", other = ""] = [stored ?? "", held ?? ""].map(text);
  return one === other || (one !== "" && other !== "" && Number(one) === Number(other));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
