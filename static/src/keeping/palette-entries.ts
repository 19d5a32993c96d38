// What the palette offers, and what of it fits the typed words.
import type { icon } from "../chat/elements/icon.ts";

export interface Entry {
  group: string;
  name: string;
  icon: Parameters<typeof icon>[0];
  note?: unknown;
  /** Chosen already. */
  on?: boolean;
  act: () => unknown;
}

/** Those with all the words somewhere in their name; within a group, names that begin with the first one come first. */
export function found<T extends Pick<Entry, "group" | "name">>(entries: T[], query: string): T[] {
  const words = folded(query).split(/\s+/).filter(Boolean);
  const fits = entries.filter((entry) => words.every((word) => folded(entry.name).includes(word)));
  const begins = (entry: T): number => (folded(entry.name).startsWith(words[0] ?? "") ? 0 : 1);
  const groups = [...new Set(fits.map(({ group }) => group))];
  return groups.flatMap((group) => fits.filter((entry) => entry.group === group).sort((one, other) => begins(one) - begins(other)));
}

function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
