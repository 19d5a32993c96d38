// What two answers have in common and what only one of them says, word by word.
import { diffArrays } from "diff";

export interface Stretch {
  text: string;
  side: "both" | "first" | "second";
}

export interface Differences {
  stretches: Stretch[];
  /** Words that both have, and that only one of them has. */
  both: number;
  first: number;
  second: number;
}

const PATIENCE = 800; // ms, after which lines are compared instead of words

/** Words as the language has them: Chinese has no blanks between them. Blanks and marks are pieces of their own. */
export function wordsOf(text: string): string[] {
  return [...segmenter().segment(text)].map(({ segment }) => segment);
}

export function differences(first: string, second: string): Differences {
  const found = compared(wordsOf(first), wordsOf(second), PATIENCE) ?? compared(linesOf(first), linesOf(second)) ?? [];
  const stretches: Stretch[] = found.map(({ added, removed, value }) => ({ text: value.join(""), side: removed ? "first" : added ? "second" : "both" }));
  const count = (side: Stretch["side"]): number => stretches.filter((one) => one.side === side).reduce((sum, { text }) => sum + wordCount(text), 0);
  return { stretches: smoothed(stretches), both: count("both"), first: count("first"), second: count("second") };
}

/** Numbers that only one of them names: where they disagree, that is mostly seen there. */
export function numbersApart(first: string, second: string): { first: string[]; second: string[] } {
  const [one, other] = [numbersIn(first), numbersIn(second)];
  return { first: [...one].filter((number) => !other.has(number)), second: [...other].filter((number) => !one.has(number)) };
}

function compared(first: string[], second: string[], timeout?: number): ReturnType<typeof diffArrays<string>> | undefined {
  return timeout ? diffArrays(first, second, { timeout }) : diffArrays(first, second);
}

const linesOf = (text: string): string[] => text.split(/(?<=\n)/);

/** A blank, a mark or one word that stays between two changes is part of the change: it reads better in one piece. */
function smoothed(found: Stretch[]): Stretch[] {
  const shown: Stretch[] = [];
  let [first, second] = ["", ""];
  const settle = (): void => {
    if (first) shown.push({ text: first, side: "first" });
    if (second) shown.push({ text: second, side: "second" });
    [first, second] = ["", ""];
  };
  for (const [at, stretch] of found.entries()) {
    const small = !stretch.text.includes("\n") && wordCount(stretch.text) <= 1;
    const between = stretch.side === "both" && small && (first || second) && at < found.length - 1;
    if (stretch.side === "first" || between) first += stretch.text;
    if (stretch.side === "second" || between) second += stretch.text;
    if (stretch.side !== "both" || between) continue;
    settle();
    shown.push(stretch);
  }
  settle();
  return shown;
}

function wordCount(text: string): number {
  return [...segmenter().segment(text)].filter(({ isWordLike }) => isWordLike).length;
}

function numbersIn(text: string): Set<string> {
  return new Set([...text.normalize("NFKC").matchAll(/(?<![A-Za-z\d.,])\d+(?:[.,]\d+)*/g)].map(([number]) => number.replace(/,(?=\d{3}\b)/g, "")));
}

let known: Intl.Segmenter | null = null;
function segmenter(): Intl.Segmenter {
  known ??= new Intl.Segmenter(undefined, { granularity: "word" });
  return known;
}
