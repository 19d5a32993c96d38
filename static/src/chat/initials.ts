// Chinese found by the first letters of its Pinyin: 翻译助手 by "fyzs". The order of the browser's own collation tells
// the letter, so no table of characters has to be loaded; a character with two readings has the commoner one.

const HAN = /\p{Script=Han}/u;
/** The first character of each letter in the order of Pinyin; none begins with i, u or v. */
const FIRST = "阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥仨他屲夕丫帀";
const LETTERS = "abcdefghjklmnopqrstwxyz";

let collator: Intl.Collator | null = null;

/** The letters of a text that has Chinese in it, other letters as they are; empty for a text without. */
export function initials(text: string): string {
  if (!HAN.test(text)) return "";
  return [...text.toLowerCase()].map((character) => (HAN.test(character) ? letterOf(character) : character)).join("");
}

function letterOf(character: string): string {
  collator ??= new Intl.Collator("zh-u-co-pinyin");
  let letter = "";
  for (const [at, first] of [...FIRST].entries()) {
    if (collator.compare(first, character) > 0) break;
    letter = LETTERS[at] ?? "";
  }
  return letter;
}
