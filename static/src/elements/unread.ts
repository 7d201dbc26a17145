/** How much is unread, beside the bell of every page: asked when a page has come, and again while it is open. */
import { BY_ITSELF, api } from "../shared/api";

const AGAIN = 60_000; // milliseconds

function show(bell: HTMLElement, unread: number): void {
  const badge = bell.querySelector<HTMLElement>("[data-unread]");
  const words = bell.querySelector<HTMLElement>("[data-unread-words]");
  if (!badge || !words) return;
  badge.hidden = unread === 0;
  badge.textContent = unread > 99 ? "99+" : String(unread);
  words.textContent = unread ? `Inbox, ${String(unread)} unread` : "Inbox";
}

async function ask(bell: HTMLElement): Promise<void> {
  if (document.hidden) return;
  const query = { unread: true, page_size: 1 };
  const { data } = await api
    .GET("/api/v1/inbox/", { params: { query }, headers: BY_ITSELF })
    .catch(() => ({ data: undefined }));
  if (data) show(bell, data.count);
}

/** Says it from now on. */
export function pollUnread(bell: HTMLElement): void {
  void ask(bell);
  window.setInterval(() => void ask(bell), AGAIN);
  document.addEventListener("pm:written", () => window.setTimeout(() => void ask(bell), 1_000));
}
