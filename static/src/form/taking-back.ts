/**
 * Taking a verb back, by the verb that restores exactly what was: offered where it was done, or on the page that is led
 * to. The server says in `undo` of a form which verb that is, if any.
 */
import { type Address, forms, isAddress } from "../shared/api";
import { toast, written } from "../shared/page";
import type { Values } from "./fields";
import { newKey } from "./sender";

/** Where the next page finds what it offers to take back, or that it was taken back; the entry asks for it too. */
const KEPT = "pm-taking-back";

/** As the server says it, in the form of the verb. */
interface Undo {
  record: Address;
  noun: string;
  body: Values;
  /** What fields held that the verb leaves as they are. */
  edits: Values;
  /** The fields of the form that come back. */
  restores: string[];
}

interface Kept {
  words: string;
  back?: TakingBack;
}

interface TakingBack extends Undo {
  version: string;
}

/** What takes back what was just sent; null where more was said than comes back. */
function takingBack(told: string, sent: Values, version: string): TakingBack | null {
  const undo = JSON.parse(told) as Undo;
  const whole = Object.keys(sent).every((name) => undo.restores.includes(name));
  if (!whole || !isAddress(undo.record)) return null;
  const edits = Object.entries(undo.edits).filter(([name]) => name in sent);
  return { ...undo, edits: Object.fromEntries(edits), version };
}

/** Offer, in the words of what a form did, to take it back: here, or on the page that the form leads to. */
export function offerAfter(
  form: HTMLElement,
  words: string,
  sent: Values,
  version: string,
  lead: (address: string) => void,
): void {
  const back = takingBack(form.getAttribute("undo") ?? "", sent, version);
  const next = form.getAttribute("leads-to");
  if (next) {
    tell({ words, ...(back ? { back } : {}) });
    lead(next);
    return;
  }
  offer(words, back);
  written();
}

function offer(words: string, back: TakingBack | null): void {
  toast(words, back ? { label: "Undo", run: () => void takeBack(back) } : undefined);
}

/** Tell what the page before has kept, and offer to take it back. */
export function offerKept(): void {
  const { words, back } = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") as Partial<Kept>;
  sessionStorage.removeItem(KEPT);
  if (words) offer(words, back ?? null);
}

function tell(kept: Kept): void {
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
}

async function takeBack({ record, noun, body, edits, version }: TakingBack): Promise<void> {
  const undone = await write("post", `${record}${noun}/`, body, version);
  if (!undone) return;
  if (Object.keys(edits).length > 0 && !(await write("patch", record, edits, undone))) return;
  written();
  tell({ words: "Undone." });
  location.reload();
}

/** The version after a write; null where it was refused, which is told. */
async function write(
  method: "post" | "patch",
  address: Address,
  body: Values,
  version: string,
): Promise<string | null> {
  const header = { "If-Match": `"v${version}"`, "Idempotency-Key": newKey() };
  const sent = await forms.request(method, address, { body, params: { header } }).catch(() => null);
  const next = (sent?.data as { version?: number } | undefined)?.version;
  if (sent?.response.ok && next !== undefined) return next.toString();
  const { detail } = (sent?.error ?? {}) as { detail?: string };
  const changed = "Someone else has changed it since: nothing was taken back.";
  const told = sent?.response.status === 412 ? changed : detail;
  toast(told ?? "The server could not be reached.");
  return null;
}
