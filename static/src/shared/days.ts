/** Days as people of the page's language write them. */
import { locale } from "./page";

const MONTHS = Array.from({ length: 12 }, (_, month) =>
  new Intl.DateTimeFormat(locale, { month: "short", timeZone: "UTC" })
    .format(Date.UTC(2026, month, 15))
    .slice(0, 3)
    .toLowerCase(),
);

const PARTS = new Intl.DateTimeFormat(locale).formatToParts().map(({ type }) => type);
const MONTH_FIRST = PARTS.indexOf("month") < PARTS.indexOf("day");

/** A day in the order of the page's language: 5/12/2026, 5 Dec 2026 or 2026-12-05. */
export function dayIn(text: string): string | null {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
  const [, one = "", other = "", year = ""] =
    /^(\d{1,2})[./ -](\d{1,2}|\p{L}{3,9})\.?[./ -](\d{4})$/u.exec(text) ?? [];
  const named = MONTHS.indexOf(other.slice(0, 3).toLowerCase()) + 1;
  const [day, month] = MONTH_FIRST && !named ? [other, one] : [one, other];
  const number = named || Number(month);
  if (!year || !number) return null;
  return `${year}-${String(number).padStart(2, "0")}-${day.padStart(2, "0")}`;
}

/** A day that is copied from elsewhere fills a field of days in, in whatever form it is written. */
export function takePastedDays(): void {
  document.addEventListener("paste", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || field.type !== "date" || field.readOnly) return;
    const day = dayIn(event.clipboardData?.getData("text/plain").trim() ?? "");
    if (!day) return;
    event.preventDefault();
    field.value = day;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
