/**
 * Bringing back what was just deleted: offered where it was deleted, or on the page that is led to, whose address then
 * says in its fragment what that was (`#back=risks-12`).
 */
import { type Address, forms } from "../shared/api";
import { toast } from "../shared/page";
import { newKey } from "./sender";

const FRAGMENT = /^#(.*?)&?back=([a-z-]+-\d+)$/;
const DELETED = "/deleted/";

/** The address of a page that offers, once it is there, to bring that back. */
export function offering(page: string, deleted: string): string {
  const next = new URL(page, location.href);
  next.hash = next.hash ? `${next.hash.slice(1)}&back=${deleted}` : `back=${deleted}`;
  return next.href;
}

/** Offer to bring it back, in the words of what was done. */
export function offerBack(words: string, deleted: string): void {
  toast(words, { label: "Undo", run: () => void bringBack(deleted) });
}

/** Offer what the address of this page says, which says it no more then. */
export function offerFromAddress(): void {
  const [, place = "", deleted] = FRAGMENT.exec(location.hash) ?? [];
  if (!deleted) return;
  const address = location.pathname + location.search + (place ? `#${place}` : "");
  history.replaceState(history.state, "", address);
  if (place) document.getElementById(place)?.scrollIntoView();
  offerBack("Deleted.", deleted);
}

async function bringBack(deleted: string): Promise<void> {
  const address: Address = `/api/v1/deleted/${deleted}/restoration/`;
  const sent = await forms
    .request("post", address, { body: {}, params: { header: { "Idempotency-Key": newKey() } } })
    .catch(() => null);
  if (!sent?.response.ok) {
    const told = (sent?.error as { detail?: string } | undefined)?.detail;
    const run = () => {
      location.assign(DELETED);
    };
    toast(told ?? "The server could not be reached.", { label: "What was deleted", run });
    return;
  }
  const page = (sent.data as { html_url?: string | null } | undefined)?.html_url;
  const list = `/${deleted.replace(/-\d+$/, "")}/`;
  if (page && location.pathname === list) location.assign(page);
  else location.reload();
}
