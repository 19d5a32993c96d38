// How full the window of a model is: what the last answer took, what stands below it, and what is being typed.
import type { Message } from "./message.ts";

const WORTH_A_WORD = 0.5;
const NEARLY_FULL = 0.85;

const WIDE = /[\u2E80-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\uFF00-\uFFEF]/g;

export interface ContextUse {
  tokens: number;
  window: number;
  share: number;
  nearlyFull: boolean;
  /** The answer whose prompt was counted, when there is one. */
  counted: Message | null;
}

/** Null while there is room enough, or when nobody knows how much there is. */
export function contextUse(branch: readonly Message[], draft: string, window: number | null): ContextUse | null {
  if (!window) return null;
  const at = branch.findLastIndex((message) => message.role === "assistant" && Boolean(message.usage.prompt_tokens));
  const counted = branch[at] ?? null;
  const known = counted ? (counted.usage.prompt_tokens ?? 0) + (counted.usage.completion_tokens ?? tokensOf(counted)) : 0;
  const below = branch.slice(at + 1).reduce((sum, message) => sum + tokensOf(message), 0);
  const tokens = known + below + estimate(draft);
  const share = tokens / window;
  return share > WORTH_A_WORD ? { tokens, window, share: Math.min(1, share), nearlyFull: share >= NEARLY_FULL, counted } : null;
}

const kept = new WeakMap<Message, { length: number; tokens: number }>();

/** Counted once for each text: this is asked for at every key. */
function tokensOf(message: Message): number {
  const { text } = message;
  const known = kept.get(message);
  if (known?.length === text.length) return known.tokens;
  const tokens = estimate(text);
  kept.set(message, { length: text.length, tokens });
  return tokens;
}

/** About one token for a Chinese character, about one for four letters. */
export function estimate(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  return Math.ceil(wide + (text.length - wide) / 4);
}
