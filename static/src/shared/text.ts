/** How text is compared, as the server does. */

/** Marks of direction and joining, which nobody sees. */
const UNSEEN = /[\u200e\u200f\u061c\u200c\u200d\u00ad]/g;
const STROKES: Record<string, string> = {
  ø: "o",
  đ: "d",
  ħ: "h",
  ł: "l",
  ŧ: "t",
  ı: "i",
  æ: "ae",
  œ: "oe",
};

/** A text in the form in which codes are compared: without case, composition and marks nobody sees. */
export function folded(text: string): string {
  // By way of capitals, in which ß is SS and each sigma the same.
  return lower(text.replace(UNSEEN, "").normalize("NFC")).normalize("NFC");
}

/** A text in the form in which it is searched: without its accents either. */
export function plain(text: string): string {
  const letters = lower(text.replace(UNSEEN, "").normalize("NFKD").replace(/\p{M}/gu, ""));
  return letters.replace(/[øđħłŧıæœ]/g, (letter) => STROKES[letter] ?? letter);
}

function lower(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll("ς", "σ");
}
