/** Writes cells: one at a time for each record, over the version that was seen; and takes writes back. */
import { type Value as Sent, type Values } from "../form/fields";
import { type Answer, Sender } from "../form/sender";
import type { Problem } from "../shared/api";
import { announce, toast, written } from "../shared/page";
import { type Difference, choose, inform } from "./conflict";
import { told } from "./values";
import type { CellStates } from "./cell-states";
import type { Names } from "./reader";
import {
  type Declared,
  type Row,
  type Told,
  type Value,
  alike,
  asText,
  fieldAt,
  valueOf,
} from "./rows";

const ATTEMPTS = 4;
const SAVED_FOR = 3_000;
export const LOST = "The server could not be reached. Try again.";

/** What was written to a record: the values from before and after, and the version that came of it. */
export interface Written {
  id: number;
  version: number;
  before: Record<string, Value>;
  after: Record<string, Value>;
}

/** The value of a cell that a write is over: what another wrote since is not written over unasked. */
export interface Seen {
  id: number;
  field: string;
  version: number;
  value: Value;
}

/** The grid as writing sees it. */
export interface Sheet {
  told(): Told;
  /** Show what is stored now of records. */
  adopt(rows: readonly Row[]): Promise<void>;
  draw(id: number): void;
  returnFocus(): void;
}

export class Writer {
  private readonly lanes = new Map<number, Promise<void>>();
  private readonly done: Written[][] = [];
  private readonly waiting = new Set<Seen>();

  constructor(
    private readonly sheet: Sheet,
    private readonly names: Names,
    private readonly marks: CellStates,
    private readonly together: (entry: Written[]) => Promise<void>,
  ) {}

  /** A cell as it is seen now, followed through what we write to its record until it is `leave`d. */
  see(row: Row, field: string): Seen {
    const seen = { id: row.id, field, version: row.version, value: valueOf(row, field) };
    this.waiting.add(seen);
    return seen;
  }

  leave(seen: Seen): void {
    this.waiting.delete(seen);
  }

  /** Write a value over what was seen of a cell, after what is on its way to the same record. */
  write(seen: Seen, column: Declared, value: Value): Promise<void> {
    this.marks.set(seen.id, column.name, { state: "pending", value, reason: "" });
    this.sheet.draw(seen.id);
    return this.queue(seen.id, () =>
      this.save(seen, column, value).finally(() => this.leave(seen)),
    );
  }

  /** Take the last write back, if nobody wrote since. */
  async undo(): Promise<void> {
    const entry = this.done.pop();
    const [only] = entry ?? [];
    if (!entry || !only) announce("There is nothing to take back.");
    else if (entry.length > 1) await this.together(entry);
    else await this.queue(only.id, () => this.back(only));
  }

  /** Remember what was written, for undo. */
  remember(entry: Written[], words: string): void {
    this.done.push(entry);
    toast(words, { label: "Undo", run: () => void this.undo() });
  }

  /** A write of ours made a version of another: what may be taken back may still be. */
  follow(id: number, from: number, to: number): void {
    for (const each of [...this.done.flat(), ...this.waiting]) {
      if (each.id === id && each.version === from) each.version = to;
    }
  }

  private queue(id: number, work: () => Promise<void>): Promise<void> {
    const next = (this.lanes.get(id) ?? Promise.resolve()).then(work);
    this.lanes.set(id, next);
    return next;
  }

  private send(id: number, version: number, values: Record<string, Value>): Promise<Answer> {
    const address = `/api/v1/${this.sheet.told().collection}/${id}/` as const;
    const write = { method: "PATCH", address, version: String(version), preview: false } as const;
    return new Sender().send({ ...write, values: sendable(values) });
  }

  private async save(seen: Seen, column: Declared, value: Value): Promise<void> {
    const { id, field: name } = seen;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const answer = await this.send(id, seen.version, { [name]: value });
      if (answer.kind === "saved") {
        await this.saved(answer.record as unknown as Row, column, seen);
        return;
      }
      const now = currentOf(answer);
      if (!now) {
        this.refuse(id, column, value, reasonOf(answer, name));
        return;
      }
      await this.sheet.adopt([now]);
      const theirs = valueOf(now, name);
      if (alike(theirs, value)) {
        this.clear(id, name);
        return;
      }
      // Another cell was changed: both changes stand, and ours is sent again over theirs.
      if (!alike(theirs, seen.value) && !(await this.wanted(now, column, theirs, value))) return;
      [seen.version, seen.value] = [now.version, theirs];
    }
    this.refuse(id, column, value, "The record is being changed just now. Try again.");
  }

  /** Whether somebody wants theirs written over; else the cell shows what is stored. */
  private async wanted(now: Row, column: Declared, theirs: Value, mine: Value): Promise<boolean> {
    const mineStands = await choose(
      `Someone changed ${column.label} of ${this.calls(now)} before you`,
      [this.difference(now, column, theirs, mine)],
    );
    this.sheet.returnFocus();
    if (!mineStands) this.clear(now.id, column.name);
    return mineStands;
  }

  private async saved(row: Row, column: Declared, seen: Seen): Promise<void> {
    const { id, version } = row;
    const { value: before, version: from } = seen;
    const after = valueOf(row, column.name);
    for (const each of this.waiting) {
      const same = each.id === id && each.field === seen.field;
      if (same && each.version === from) each.value = after;
    }
    this.follow(id, from, version);
    this.marks.set(id, column.name, { state: "saved", value: after, reason: "" });
    await this.sheet.adopt([row]);
    window.setTimeout(() => {
      if (this.marks.of(id, column.name)?.state === "saved") this.clear(id, column.name);
    }, SAVED_FOR);
    const change = { before: { [column.name]: before }, after: { [column.name]: after } };
    this.remember([{ id, version, ...change }], `${column.label} of ${this.calls(row)} saved.`);
    written();
  }

  refuse(id: number, column: Declared, value: Value, reason: string): void {
    this.marks.set(id, column.name, { state: "refused", value, reason });
    this.sheet.draw(id);
    announce(`${column.label} was not saved: ${reason}`);
  }

  clear(id: number, field: string): void {
    this.marks.clear(id, field);
    this.sheet.draw(id);
  }

  private async back(entry: Written): Promise<void> {
    const answer = await this.send(entry.id, entry.version, entry.before);
    if (answer.kind === "saved") {
      const row = answer.record as unknown as Row;
      this.follow(entry.id, entry.version, row.version);
      for (const field of Object.keys(entry.before)) this.marks.clear(entry.id, field);
      await this.sheet.adopt([row]);
      toast("Taken back.");
      written();
      return;
    }
    const now = currentOf(answer);
    if (!now) {
      const [field = ""] = Object.keys(entry.before);
      toast(`Not taken back: ${reasonOf(answer, field)}`);
      return;
    }
    await this.sheet.adopt([now]);
    await this.since([now], [entry]);
  }

  /** Somebody wrote since: show what is stored beside what would have come back; nothing is written. */
  async since(rows: readonly Row[], entries: readonly Written[]): Promise<void> {
    const { columns } = this.sheet.told();
    const differences = rows.flatMap((row) => {
      const before = entries.find((each) => each.id === row.id)?.before ?? {};
      return columns
        .filter(({ name }) => name in before)
        .map((column) =>
          this.difference(row, column, valueOf(row, column.name), before[column.name] ?? null),
        );
    });
    await inform("Not taken back: someone changed it since. Nothing was written.", differences);
    this.sheet.returnFocus();
  }

  private difference(row: Row, column: Declared, theirs: Value, mine: Value): Difference {
    const say = (value: Value): string => told(column, value, row, this.names);
    return {
      what: `${this.calls(row)}, ${column.label}`,
      now: say(theirs),
      yours: say(mine),
    };
  }

  calls(row: Row): string {
    return asText(row[this.sheet.told().called]) || String(row.id);
  }
}

/** Values as forms send them: numbers as text. */
export function sendable(values: Record<string, Value>): Values {
  const texts = Object.entries(values).map(([name, value]): [string, Sent] => [
    name,
    typeof value === "number" ? String(value) : value,
  ]);
  return Object.fromEntries(texts);
}

/** What is stored now, where the answer says that another version was seen. */
function currentOf(answer: Answer): Row | null {
  if (answer.kind !== "refused" || answer.status !== 412) return null;
  return (answer.problem.current as Row | undefined) ?? null;
}

function reasonOf(answer: Answer, field: string): string {
  return answer.kind === "refused" ? reasonIn(answer.problem, field) : LOST;
}

/** Why a field was refused: what the problem says of it, or as a whole. */
function reasonIn(problem: Partial<Problem>, field: string): string {
  const errors = problem.errors ?? [];
  const named = errors.find(({ pointer }) => fieldAt(pointer) === field);
  const error = named ?? errors[0];
  return error?.detail ?? problem.detail ?? problem.title ?? "It was not accepted.";
}
