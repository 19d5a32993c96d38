// How well a name fits what is typed into a picker: by its beginning, a part, its Pinyin, what is said of it, its letters.
import { initials } from "./initials.ts";

export const NOT_AT_ALL = 9;

/** The lowest is the best; each word has to fit. `about` is what else is known of it. */
export function rank(words: readonly string[], name: string, about = ""): number {
  const low = name.toLowerCase();
  const letters = initials(name);
  const more = about.toLowerCase();
  return Math.max(0, ...words.map((word) => rankOf(word, low, letters, more)));
}

export function wordsOf(query: string): string[] {
  return query.toLowerCase().split(/\s+/).filter(Boolean);
}

function rankOf(word: string, name: string, letters: string, about: string): number {
  if (name.startsWith(word)) return 0;
  if (name.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word))) return 1;
  if (name.includes(word)) return 2;
  if (letters.includes(word)) return 3;
  if (about.includes(word)) return 4;
  return word.length > 1 && inOrder(word, name) ? 5 : NOT_AT_ALL;
}

/** "q3b" for "qwen3-30b": its letters come in this order. */
function inOrder(word: string, name: string): boolean {
  let at = -1;
  return [...word].every((letter) => (at = name.indexOf(letter, at + 1)) >= 0);
}
