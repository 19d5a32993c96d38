// Lines between the messages: here another model goes on, from here the model was told, this model is not the same.
import type { Message } from "./message.ts";
import type { Writer } from "./wire.ts";

export type Mark =
  | { kind: "model"; name: string }
  /** The same name, but other weights behind it. */
  | { kind: "changed"; name: string }
  /** What stands above was not told to the model for this answer. */
  | { kind: "left-out"; answer: Message };

/** The marks that stand before each message of the shown branch. */
export function marksBefore(branch: readonly Message[], nameOf: (model: string, otherwise: string) => string): Map<number, Mark[]> {
  const marks = new Map<number, Mark[]>();
  const add = (message: Message | undefined, mark: Mark): void => {
    if (message) marks.set(message.id, [...(marks.get(message.id) ?? []), mark]);
  };
  const from = leftOut(branch);
  if (from) add(from.first, { kind: "left-out", answer: from.answer });
  let last: Writer | null = null;
  for (const [at, message] of branch.entries()) {
    const writer = message.role === "assistant" ? message.model : null;
    if (!writer) continue;
    const above = branch[at - 1];
    const place = above?.role === "user" ? above : message;
    if (last && writer.id !== last.id) add(place, { kind: "model", name: nameOf(writer.id, writer.name) });
    else if (last?.digest && writer.digest && last.digest !== writer.digest) add(place, { kind: "changed", name: writer.name });
    last = writer;
  }
  return marks;
}

/** Where the prompt of the last answer began, when that was not with the first message. */
function leftOut(branch: readonly Message[]): { first: Message; answer: Message } | null {
  const answer = branch.findLast((message) => message.role === "assistant" && message.toldFrom !== null);
  const first = answer && branch.find((message) => message.id === answer.toldFrom);
  return answer && first && first.parent !== null ? { first, answer } : null;
}
