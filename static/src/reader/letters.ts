// A passage found in the text of a drawn page, where blanks, hyphens, ligatures, accents and line ends are others.

const LETTER = /[\p{L}\p{N}]/u;
const MARKS = /\p{M}/gu;
const WIDE = /[\u2e80-\u9fff\uf900-\ufaff]/;
const SEED = 16; // letters in a row that do not stand in two places by chance; half as many are enough in Chinese
const ENOUGH = 0.5; // of its letters, that make it the passage
const GAP = 3; // letters between two finds that are marked with them

/** Characters `from`…`to` of string number `item`. */
export interface Run {
  item: number;
  from: number;
  to: number;
}

/** Letters and digits alone, compared in one form, each of which knows where it stands. */
export class Letters {
  readonly text: string;
  #items: number[] = [];
  #places: number[] = [];
  #ends: number[] = [];

  constructor(strings: readonly string[]) {
    const letters: string[] = [];
    strings.forEach((string, item) => {
      let place = 0;
      for (const sign of string) {
        for (const letter of plain(sign)) {
          letters.push(letter);
          // Per unit of the joined string, for that is what it is searched by.
          for (let unit = 0; unit < letter.length; unit++) {
            this.#items.push(item);
            this.#places.push(place);
            this.#ends.push(place + sign.length);
          }
        }
        place += sign.length;
      }
    });
    this.text = letters.join("");
  }

  /** Letters start…end as runs of the strings they came from. */
  runs(start: number, end: number): Run[] {
    const runs: Run[] = [];
    for (let at = start; at < end; at++) {
      const item = this.#items[at] as number;
      const last = runs.at(-1);
      if (last?.item === item) last.to = this.#ends[at] as number;
      else runs.push({ item, from: this.#places[at] as number, to: this.#ends[at] as number });
    }
    return runs;
  }
}

/** Where the passage stands, as runs of the page's strings; null when less than half of it is there. */
export function passageIn(passage: string, page: Letters): Run[] | null {
  const wanted = new Letters([passage]).text;
  if (!wanted) return null;
  const whole = page.text.indexOf(wanted);
  if (whole >= 0) return page.runs(whole, whole + wanted.length);
  const found = pieces(wanted, page.text);
  const letters = found.reduce((sum, [start, end]) => sum + end - start, 0);
  if (letters < ENOUGH * wanted.length) return null;
  return joined(found).flatMap(([start, end]) => page.runs(start, end));
}

/** The longest pieces of `wanted` that stand in `text`, from its beginning on; of several places the next one. */
function pieces(wanted: string, text: string): [number, number][] {
  const found: [number, number][] = [];
  let last = 0;
  let at = 0;
  while (at < wanted.length) {
    const seed = wanted.slice(at, at + (WIDE.test(wanted.charAt(at)) ? SEED / 2 : SEED));
    let start = text.indexOf(seed, last);
    if (start < 0) start = text.indexOf(seed);
    if (start < 0 || seed.length < SEED / 2) {
      at += 1;
      continue;
    }
    let length = seed.length;
    while (at + length < wanted.length && wanted[at + length] === text[start + length]) length += 1;
    found.push([start, start + length]);
    last = start + length;
    at += length;
  }
  return found;
}

function joined(found: [number, number][]): [number, number][] {
  const sorted = [...found].sort((one, other) => one[0] - other[0]);
  const runs: [number, number][] = [];
  for (const [start, end] of sorted) {
    const last = runs.at(-1);
    if (last && start <= last[1] + GAP) last[1] = Math.max(last[1], end);
    else runs.push([start, end]);
  }
  return runs;
}

/** The letters of one sign: "ﬁ" is two, "é" is "e", a full-width digit is a digit, a blank is none. */
function plain(sign: string): string[] {
  const code = sign.charCodeAt(0);
  if (code < 0x80) return LETTER.test(sign) ? [sign.toLowerCase()] : [];
  return [...sign.normalize("NFKD").replace(MARKS, "").toLowerCase()].filter((letter) => LETTER.test(letter));
}
