// What an answer's model was given, part by part, and how that fills its window. Fetched when somebody looks.
import { t } from "../i18n.ts";
import { getJson } from "./api.ts";
import type { Message } from "./message.ts";
import { Observable } from "./observable.ts";
import type { Truncation } from "./wire.ts";

export interface LedgerItem {
  title: string;
  tokens: number;
  text: string;
}

export interface LedgerPart {
  kind: string;
  tokens: number;
  items: LedgerItem[];
}

export interface LeftOut {
  kind?: string;
  title: string;
  tokens?: number;
  why: string;
  text?: string;
}

export interface LedgerData {
  model: string;
  host: string;
  window: number | null;
  estimate: number;
  reported: { prompt: number | null; completion: number | null };
  parts: LedgerPart[];
  left_out: LeftOut[];
  /** How many of the passages that were found had room. */
  passages?: { sent: number; found: number } | null;
  /** Null when nothing was sent, or no account was kept of it. */
  request: unknown;
  /** False when it was put together again from what is stored, and a word may differ. */
  exact: boolean;
  truncated: Truncation | null;
}

export interface Bar {
  kind: string;
  name: string;
  tokens: number;
  /** Of the window, or of all that was used where no window is known. */
  share: number;
}

/** The ledger of one answer, as far as it is there. */
export class Ledger extends Observable {
  data: LedgerData | null = null;
  problem = "";
  #seq = -1;

  async load(chat: string, message: Message): Promise<void> {
    if (this.#seq === message.seq && !this.problem) return;
    this.#seq = message.seq;
    this.problem = "";
    this.changed();
    try {
      this.data = await getJson<LedgerData>(`/api/chats/${chat}/messages/${message.id}/ledger`);
    } catch (error) {
      this.problem = (error as Error).message;
    }
    this.changed();
  }
}

const kept = new WeakMap<Message, Ledger>();

export function ledgerOf(message: Message): Ledger {
  let ledger = kept.get(message);
  if (!ledger) kept.set(message, (ledger = new Ledger()));
  return ledger;
}

/** The parts in the order in which they were sent, then the answer, then what stayed free. */
export function bars(data: LedgerData): Bar[] {
  const used = [...data.parts.map(({ kind, tokens }) => ({ kind, tokens })), { kind: "reply", tokens: data.reported.completion ?? 0 }].filter(({ tokens }) => tokens > 0);
  const sum = used.reduce((total, { tokens }) => total + tokens, 0);
  const free = Math.max(0, (data.window ?? 0) - sum);
  const all = free ? [...used, { kind: "free", tokens: free }] : used;
  return all.map(({ kind, tokens }) => ({ kind, tokens, name: partName(kind), share: tokens / Math.max(1, sum + free) }));
}

/** Whether this item is one of the passages with these numbers: it begins with its own. */
export function isPassage(item: LedgerItem, numbers: ReadonlySet<number>): boolean {
  const n = /^\[(\d+)\]/.exec(item.title)?.[1];
  return n !== undefined && numbers.has(Number(n));
}

export function partName(kind: string): string {
  switch (kind) {
    case "system":
      return t("Instructions");
    case "history":
      return t("Earlier messages");
    case "passages":
      return t("Passages");
    case "files":
      return t("Files");
    case "tools":
      return t("Tools");
    case "question":
      return t("Question");
    case "reply":
      return t("Answer");
    case "free":
      return t("Free");
    default:
      return kind;
  }
}
