/**
 * What was typed into a form and not saved yet: it goes with the entry of the browser's history, so that a reload or
 * the way back finds it, and nothing else does. It comes back for who typed it alone.
 */
import { reader } from "../shared/page";
import { type Values, same } from "./fields";

/** What was typed, and over which values that were saved. */
interface Typed {
  by: string;
  values: Values;
  over: Values;
}

/** Keep what differs from what is saved; nothing where nothing does. */
export function keepTyped(values: Values, saved: Values): void {
  const { typed: kept, ...state } = (history.state ?? {}) as { typed?: Typed };
  const changed = Object.entries(values).filter(
    ([name, value]) => !same(value, saved[name] ?? null),
  );
  if (!changed.length) {
    if (kept) history.replaceState(state, "");
    return;
  }
  const over = Object.fromEntries(changed.map(([name]) => [name, saved[name] ?? null]));
  const typed: Typed = { by: reader(), values: Object.fromEntries(changed), over };
  history.replaceState({ ...state, typed }, "");
}

/** What the reader had typed here before this page came, with what was saved then; null for nothing. */
export function typedBefore(): Omit<Typed, "by"> | null {
  const { typed } = (history.state ?? {}) as { typed?: Typed };
  return typed?.by === reader() ? typed : null;
}
