/** Reads rows, and what the records they name are called. */
import type { Client } from "openapi-fetch";
import { type Address, type Problem, api } from "../shared/api";
import { type Declared, type Related, type Row, asText, within } from "./rows";

interface Page {
  count: number;
  results: Row[];
}

interface Read {
  responses: {
    200: { headers: object; content: { "application/json": Page } };
    default: { headers: object; content: { "application/problem+json": Problem } };
  };
}

const lists = api as unknown as Client<Record<Address, { get: Read }>>;

/** A page of a list; null where it cannot be read. */
export async function pageOf(address: string, query: Record<string, string>): Promise<Page | null> {
  const [path = "", given = ""] = address.split("?");
  const all = new URLSearchParams(given);
  for (const [name, value] of Object.entries(query)) all.set(name, value);
  const whole = `${path}?${all.toString()}` as Address;
  const { data } = await lists.GET(whole, {}).catch(() => ({ data: undefined }));
  return data ?? null;
}

export interface Called {
  id: number;
  short: string;
  long: string;
}

/** What a record of a kind is called. */
function called(of: Related, row: Row): Called {
  const code = of.code ? asText(row[of.code]) : "";
  const name = of.name ? asText(row[of.name]) : "";
  const otherwise = `${of.one} ${row.id}`;
  const short = of.by_name ? name : code || name;
  const long = of.by_name ? name : `${code} ${name}`.trim();
  return { id: row.id, short: short || otherwise, long: long || otherwise };
}

function fieldsOf(of: Related): string {
  return ["id", of.code, of.name].filter(Boolean).join(",");
}

const BATCH = 200;
const OFFERED = 20;
export const HIDDEN = "not yours to see";

/** The names of related records, read once each, many at a time. */
export class Names {
  private readonly known = new Map<string, Map<number, Called | null>>();

  /** What a record is called; nothing before it was read, and of one that is out of sight. */
  of(of: Related, id: number): Called | null | undefined {
    return this.known.get(of.collection)?.get(id);
  }

  /** Read the names that rows need. */
  async want(columns: readonly Declared[], rows: readonly Row[]): Promise<void> {
    const missing = new Map<Related, Set<number>>();
    for (const { of, name } of columns) {
      if (!of) continue;
      const wanted = missing.get(of) ?? new Set();
      for (const id of rows.flatMap((row) => idsIn(within(row, name)))) {
        if (this.of(of, id) === undefined) wanted.add(id);
      }
      missing.set(of, wanted);
    }
    await Promise.all([...missing].map(([of, ids]) => this.read(of, [...ids])));
  }

  private async read(of: Related, ids: number[]): Promise<void> {
    for (let start = 0; start < ids.length; start += BATCH) {
      const some = ids.slice(start, start + BATCH);
      const query = { ids: some.join(","), fields: fieldsOf(of), page_size: String(BATCH) };
      const page = await pageOf(`/api/v1/${of.collection}/`, query);
      if (!page) continue;
      for (const id of some) this.keep(of, id, null);
      for (const row of page.results) this.keep(of, row.id, called(of, row));
    }
  }

  private keep(of: Related, id: number, found: Called | null): void {
    const kind = this.known.get(of.collection) ?? new Map<number, Called | null>();
    kind.set(id, found);
    this.known.set(of.collection, kind);
  }

  /** The records that fit what was typed, the first of them. */
  async search(of: Related, typed: string): Promise<Called[]> {
    const query = { fields: fieldsOf(of), page_size: String(OFFERED) };
    const words = typed.trim() ? { ...query, search: typed.trim() } : query;
    const page = await pageOf(`/api/v1/${of.collection}/`, words);
    const found = page?.results.map((row) => called(of, row)) ?? [];
    for (const each of found) this.keep(of, each.id, each);
    return found;
  }
}

/** The ids in a value of a relation. */
export function idsIn(value: unknown): number[] {
  if (Array.isArray(value)) return value.filter((each) => typeof each === "number");
  return typeof value === "number" ? [value] : [];
}
