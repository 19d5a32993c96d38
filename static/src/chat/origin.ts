// How a message came to be beside the asking, and which answers were asked for together.
import type { Message } from "./message.ts";
import type { MessageTree } from "./message-tree.ts";
import type { Asking } from "./wire.ts";

export type Wish = "shorter" | "longer";

export interface Origin {
  /** The same for all answers that were asked for together. */
  group?: string;
  /** The one of them with which the chat goes on. */
  kept?: boolean;
  wish?: { kind: Wish; words: number };
  /** Where it was asked with others than the answer beside it. */
  sources?: { libraries?: boolean; web?: boolean };
  /** The answers it was written out of. */
  merged?: { id: number; name: string }[];
  /** It is a picture, ordered so. */
  image?: { count: number; edits: string };
  /** Written by a person, out of another version. */
  edited?: { by: string; of: number };
  /** The tools that it might call. */
  tools?: number[];
}

/** What is asked of another answer, beside what every question is asked with. */
export interface Again extends Partial<Asking> {
  params?: Record<string, unknown>;
  wish?: Wish;
  /** Answers that one is to be written out of. */
  merge?: number[];
}

/** The answers that were asked for with this one, itself among them, as far as they are loaded; none for one alone. */
export function together(tree: MessageTree, message: Message): Message[] {
  const { group } = message.origin;
  if (!group) return [];
  const found = tree.siblings(message).map((id) => tree.get(id)).filter((one) => one?.origin.group === group);
  return found.length > 1 ? (found as Message[]) : [];
}

/** The answers that stand side by side where the chat ends, until one of them is kept: the newest of each model. */
export function columns(tree: MessageTree, message: Message): Message[] {
  const all = tree.leaf === message.id ? together(tree, message) : [];
  if (all.some(({ origin }) => origin.kept)) return [];
  const newest = new Map(all.map((one) => [one.model?.id, one]));
  return newest.size > 1 ? [...newest.values()] : [];
}

/** One of several answers that stand beside this one and are not shown; undefined when there is none. */
export function hiddenColumn(tree: MessageTree, message: Message): Message | undefined {
  if (tree.leaf !== message.id || columns(tree, message).length) return undefined;
  const beside = tree.siblings(message).map((id) => tree.get(id));
  return beside.find((one) => one && together(tree, one).length > 1);
}
