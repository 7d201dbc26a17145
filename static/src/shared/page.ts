/** What every element shares: the page's language, the write token, words about what happened, the theme's colours. */

export const locale = document.documentElement.lang || "en-GB";

const ofPage = (): HTMLMetaElement | null => document.querySelector('meta[name="csrf-token"]');

export function csrfToken(): string {
  return ofPage()?.content ?? "";
}

/** Whoever opened the page, as a number that tells people apart; empty for nobody. */
export function reader(): string {
  return ofPage()?.dataset.reader ?? "";
}

export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Says it to assistive technology without moving the focus. */
export function announce(words: string): void {
  const region = document.getElementById("announcer");
  if (region) region.textContent = words;
}

/** The element that the fragment of an address names; null where it names none, as one that is no encoded text does. */
export function elementNamed(fragment: string): HTMLElement | null {
  try {
    return document.getElementById(decodeURIComponent(fragment.slice(1)));
  } catch {
    return null;
  }
}

/** A new element with attributes and what is in it. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function toast(words: string, action?: { label: string; run: () => void }): void {
  const box = document.querySelector<HTMLElement>(".toasts");
  if (!box) return;
  const line = document.createElement("div");
  line.className = "toast-line";
  line.append(Object.assign(document.createElement("span"), { textContent: words }));
  const gone = window.setTimeout(() => {
    line.remove();
  }, 10_000);
  if (action) {
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      textContent: action.label,
    });
    button.addEventListener("click", () => {
      window.clearTimeout(gone);
      line.remove();
      action.run();
    });
    line.append(button);
  }
  box.replaceChildren(line);
}

/** Other tabs of the same browser hear of a write too, so that an open programme page moves at once. */
const channel = "BroadcastChannel" in window ? new BroadcastChannel("pmhub") : null;

export function written(): void {
  document.dispatchEvent(new CustomEvent("pm:written"));
  channel?.postMessage("written");
}

channel?.addEventListener("message", () => document.dispatchEvent(new CustomEvent("pm:written")));

// Who has the year first has it in digits: 2029-05-05.
const PARTS: Intl.DateTimeFormatOptions =
  locale === "en-ca" ? { day: "2-digit", month: "2-digit" } : { day: "numeric", month: "short" };
export const shortDate = new Intl.DateTimeFormat(locale, {
  ...PARTS,
  year: "numeric",
  timeZone: "UTC",
});
export const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });

export function day(text: string | null | undefined): Date | null {
  return text ? new Date(`${text}T00:00:00Z`) : null;
}

export function words(text: string | null | undefined): string {
  const date = day(text);
  return date ? shortDate.format(date) : "not set";
}

const SYMBOLS: Record<string, string> = { GBP: "£", EUR: "€", USD: "$", JPY: "¥" }; // as `formats.py` says it

/** "£k" from ("GBP", 1000 | "thousand"): the unit, said once; what is no currency is its own unit. */
export function moneyUnit(currency: string, scale: string | number | null | undefined): string {
  if (!/^[A-Z]{3}$/.test(currency)) return currency;
  const symbol = SYMBOLS[currency] ?? `${currency} `;
  const suffix =
    { "1000": "k", thousand: "k", k: "k", "1000000": "m", million: "m", m: "m" }[
      String(scale ?? "")
    ] ?? "";
  return `${symbol}${suffix}`.trim();
}

const begun = new WeakSet<HTMLElement>();

/**
 * Begin an element, once, when what it holds is there: a morph puts it into the page first and what it holds then, and
 * may move it later.
 */
export function beginOnce(host: HTMLElement, begin: () => void): void {
  queueMicrotask(() => {
    if (!host.isConnected || begun.has(host)) return;
    begun.add(host);
    begin();
  });
}
