/** Writes many records at once: all of them or none. */
import { bodyOf } from "../form/fields";
import { type Preview, type Problem, forms } from "../shared/api";
import { type Row, type Value, fieldAt, take } from "./rows";
import { LOST, sendable } from "./writer";

export const MOST = 500; // records in one request

/** What is to be written to a record, over the version that was seen. */
export interface Item {
  id: number;
  version: number;
  values: Record<string, Value>;
}

/** Why a field of an item was refused; the field is empty where the whole item is meant. */
export interface Refusal {
  id: number;
  field: string;
  reason: string;
}

type Outcome =
  | { kind: "saved"; rows: Row[] }
  | { kind: "foreseen"; preview: Preview }
  | { kind: "refused"; refusals: Refusal[]; current: Row[]; reason: string };

interface Told extends Partial<Problem> {
  items?: Record<string, { status?: number; current?: Row }>;
}

/** How items are written: their values, by a verb, or that they are deleted. */
export type Way = { method: "patch" | "delete" } | { method: "post"; verb: string };

export async function writeTogether(
  collection: string,
  items: readonly Item[],
  preview: boolean,
  way: Way = { method: "patch" },
): Promise<Outcome> {
  const body = items.map(({ id, version, values }) => ({
    ...bodyOf(sendable(values)),
    id,
    version,
  }));
  const query = preview ? { preview: "1" as const } : {};
  const verb = way.method === "post" ? (`${way.verb}/` as const) : "";
  const address = `/api/v1/${collection}/bulk/${verb}` as const;
  const sent = await forms
    .request(way.method, address, { body, params: { query } })
    .catch(() => null);
  if (!sent) return { kind: "refused", refusals: [], current: [], reason: LOST };
  const { data, error, response } = sent;
  if (!response.ok) return refused(error as Told, items);
  if (preview) return { kind: "foreseen", preview: data as Preview };
  return { kind: "saved", rows: (data as { results?: Row[] } | undefined)?.results ?? [] };
}

/** Take over what is stored now of rows that somebody changed meanwhile; whether there are any. */
export function renewed(rows: readonly Row[], current: readonly Row[]): boolean {
  for (const now of current) {
    for (const row of rows) if (row.id === now.id) take(row, now);
  }
  return current.length > 0;
}

function refused(problem: Told, items: readonly Item[]): Outcome {
  const refusals = (problem.errors ?? []).flatMap(({ pointer, detail }) => {
    const [index = "", ...path] = pointer.replace(/^#?\//, "").split("/");
    const item = /^\d+$/.test(index) ? items[Number(index)] : undefined;
    return item ? [{ id: item.id, field: fieldAt(path.join("/")), reason: detail }] : [];
  });
  const current = Object.values(problem.items ?? {}).flatMap((each) => each.current ?? []);
  const reason = problem.detail ?? problem.title ?? "It was not accepted.";
  return { kind: "refused", refusals, current, reason };
}
