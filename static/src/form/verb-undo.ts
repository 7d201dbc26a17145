/**
 * Taking a verb back, by the verb that restores exactly what was: offered where it was done, or on the page that is led
 * to. The server says in `undo` of a form which verb that is, if any.
 */
import { type Address, forms, isAddress } from "../shared/api";
import { toast, written } from "../shared/page";
import type { Values } from "./fields";
import { newKey } from "./sender";

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

/** What the page that comes next says, and offers to take back: with the entry of the history, until it is said. */
interface NextMessage {
  words: string;
  back: VersionedUndo | null;
}

interface VersionedUndo extends Undo {
  version: string;
}

/** What takes back what was just sent; null where more was said than comes back. */
function versionedUndo(told: string, sent: Values, version: string): VersionedUndo | null {
  const undo = JSON.parse(told) as Undo;
  const whole = Object.keys(sent).every((name) => undo.restores.includes(name));
  if (!whole || !isAddress(undo.record)) return null;
  const edits = Object.entries(undo.edits).filter(([name]) => name in sent);
  return { ...undo, edits: Object.fromEntries(edits), version };
}

/** Offer, in the words of what a form did, to take it back: here, or on the page that the form leads to. */
export function offerVerbUndo(
  form: HTMLElement,
  words: string,
  sent: Values,
  version: string,
): void {
  const back = versionedUndo(form.getAttribute("undo") ?? "", sent, version);
  const next = form.getAttribute("leads-to");
  if (next) {
    written();
    openWithMessage({ words, back }, next);
    return;
  }
  offer({ words, back });
  written();
}

function offer({ words, back }: NextMessage): void {
  toast(words, back ? { label: "Undo", run: () => void runUndo(back) } : undefined);
}

/** Say once what the page before left to be said, and offer to take it back, to who is still signed in. */
export function offerStoredUndo(): void {
  const { told, ...state } = history.state as { told: NextMessage };
  history.replaceState(state, "");
  if (document.querySelector("[data-bell]")) offer(told);
}

/** Open a page in place of this one, which then says that. */
function openWithMessage(told: NextMessage, page = location.href): void {
  history.replaceState({ told }, "", page);
  location.reload();
}

async function runUndo({ record, noun, body, edits, version }: VersionedUndo): Promise<void> {
  const undone = await write("post", `${record}${noun}/`, body, version);
  if (!undone) return;
  if (Object.keys(edits).length > 0 && !(await write("patch", record, edits, undone))) return;
  written();
  openWithMessage({ words: "Undone.", back: null });
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
