/** Numbers as people of the page's language type and read them; REST takes and gives the plain form alone. */
import { locale } from "./page";

const parts = new Intl.NumberFormat(locale).formatToParts(-1234567.5);
const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? "";
const GROUP = part("group");
const POINT = part("decimal");
const BLANK = /[\s\u00a0\u2009\u202f]/u;

const POWERS: Record<string, number> = { "": 0, k: 3, m: 6, bn: 9 };
const SCALED = /^(.*\d)\s*(k|m|bn)$/iu;
const MONEY = /^(?:\p{Sc}|[A-Z]{3} ?)(k|m|bn)?$/u; // the units in which one says a size

/**
 * What was typed as a number of REST: "£1,250.50", "1 250", "−12" → "1250.50", "1250", "-12". An amount may say its
 * size, which is told in the field's own unit: of "£k", "£1.2m" is "1200". Null for what is no number, or could be
 * read as two: groups are of three digits, and the last sign of a number is no group.
 */
export function typed(text: string, unit = ""): string | null {
  const [money, scaled] = [MONEY.exec(unit), SCALED.exec(text.trim())];
  if (!money || !scaled) return unscaled(text);
  const [, digits = "", size = ""] = scaled;
  const number = unscaled(digits);
  const power = (POWERS[size.toLowerCase()] ?? 0) - (POWERS[money[1] ?? ""] ?? 0);
  return number === null ? null : shifted(number, power);
}

/** What was typed as a plain share of 1: of "40%" that is "0.4"; null for what is no number. */
export function typedShare(text: string): string | null {
  const plain = text.trim();
  const number = typed(plain);
  return number === null || !plain.endsWith("%") ? number : shifted(number, -2);
}

/** A plain number times a power of ten, exactly: its point is moved. */
function shifted(number: string, power: number): string {
  const sign = number.startsWith("-") ? "-" : "";
  const [whole = "", fraction = ""] = number.slice(sign.length).split(".");
  const digits =
    (power < 0 ? "0".repeat(-power) : "") + whole + fraction + "0".repeat(Math.max(power, 0));
  const at = digits.length - fraction.length - Math.max(power, 0) + power;
  const left = digits.slice(0, at).replace(/^0+(?=\d)/, "") || "0";
  const right = digits.slice(at).replace(/0+$/, "");
  return `${sign}${left}${right ? `.${right}` : ""}`;
}

function unscaled(text: string): string | null {
  const signed = text.trim().replaceAll("−", "-");
  const plain = signed.replace(/^(-?)\s*\p{Sc}\s*(-?)/u, "$1$2").replace(/\s*(\p{Sc}|%)$/u, "");
  const [whole = "", fraction, ...more] = plain.split(POINT);
  if (more.length) return null;
  const sign = whole.startsWith("-") ? "-" : "";
  const digits = ungrouped(whole.slice(sign.length));
  if (digits === null || (fraction !== undefined && !/^\d+$/.test(fraction))) return null;
  return `${sign}${digits}${fraction === undefined ? "" : `.${fraction}`}`;
}

function ungrouped(text: string): string | null {
  if (/^\d+$/.test(text)) return text;
  for (const between of [GROUP, BLANK]) {
    const [first = "", ...groups] = text.split(between);
    const whole = groups.length > 0 && groups.every((each) => /^\d{3}$/.test(each));
    if (whole && /^\d{1,3}$/.test(first)) return [first, ...groups].join("");
  }
  return null;
}

/** A number as pages show it, with a true minus. */
export function shown(value: number, places: number): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: places })
    .format(value)
    .replace("-", "−");
}

/** Numbers side by side: in as many digits, up to `most`, as tell them from each other and from bounds they are not. */
export function apart(
  values: readonly number[],
  places: number,
  most: number,
  bounds: readonly number[] = [],
): string[] {
  const texts = values.map((value) => shown(value, places));
  const same = new Set(texts).size < new Set(values).size;
  const crossed = values.some((value) =>
    bounds.some((bound) => value !== bound && Number(value.toFixed(places)) === bound),
  );
  return (same || crossed) && places < most ? apart(values, places + 1, most, bounds) : texts;
}
