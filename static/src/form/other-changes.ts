/** Who changed a record while a form of it is open: told above the form, before one saves and when one could not. */
import { BY_ITSELF } from "../shared/api";
import { announce, element, locale } from "../shared/page";

const AGAIN = 20_000; // milliseconds between two looks at a record whose form is in sight

interface Change {
  at: string;
  by: { name: string } | null;
  changes: { field: string }[];
}

/** "Changed by Aisha Rahman 2 minutes ago: title, owner."; empty where the history cannot be read. */
async function lastChange(address: string): Promise<string> {
  const path = `${address}history/?page_size=1`;
  const asked = { headers: BY_ITSELF, credentials: "same-origin" } as const;
  const answer = await fetch(path, asked).catch(() => null);
  if (!answer?.ok) return "";
  const { results } = (await answer.json()) as { results: Change[] };
  const [change] = results;
  if (!change) return "";
  const fields = change.changes.map(({ field }) => field.replace(/_/g, " ")).join(", ");
  return `Changed by ${change.by?.name ?? "somebody"} ${ago(change.at)}${fields ? `: ${fields}` : ""}.`;
}

function ago(at: string): string {
  const minutes = Math.round((Date.parse(at) - Date.now()) / 60_000);
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  if (minutes > -1) return "just now";
  return minutes > -60
    ? words.format(minutes, "minute")
    : words.format(Math.round(minutes / 60), "hour");
}

/** Says in the box above a form, which compares what both have written, who the other one was. */
export async function nameLastAuthor(box: Element | null, address: string): Promise<void> {
  const told = await lastChange(address);
  if (box && told) box.querySelector("h2, p")?.after(element("p", { class: "small" }, told));
}

/** Looks from now on whether the record of a form is still the version that it was filled in with. */
export function watchForChanges(host: HTMLElement): void {
  const look = () => void compare(host);
  const gone = new AbortController();
  const timer = window.setInterval(() => {
    if (host.isConnected) {
      look();
      return;
    }
    window.clearInterval(timer);
    gone.abort();
  }, AGAIN);
  addEventListener("focus", look, { signal: gone.signal });
}

async function compare(host: HTMLElement): Promise<void> {
  const [address, version] = ["action", "version"].map((name) => host.getAttribute(name) ?? "");
  if (document.hidden || !address || !version) return;
  const headers = { ...BY_ITSELF, "If-None-Match": `"v${version}"` };
  const answer = await fetch(address, { headers, credentials: "same-origin" }).catch(() => null);
  const line = host.querySelector(":scope > [data-overtaken]");
  if (answer?.status === 304 || host.getAttribute("version") !== version) line?.remove();
  else if (answer?.ok && !line) show(host, await lastChange(address));
}

function show(host: HTMLElement, told: string): void {
  const reload = element(
    "button",
    { type: "button", class: "btn btn-plain" },
    "Load what is saved",
  );
  reload.addEventListener("click", () => {
    location.reload();
  });
  const words = `${told} What you write in other fields is saved beside it. `;
  const attributes = { class: "notice notice-amber", role: "status", "data-overtaken": "" };
  host.prepend(element("p", attributes, words, reload));
  announce(told);
}
