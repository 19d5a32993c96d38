// The answers that the server sends to this tab, in whatever chat they stand, and how far each of them has come.
import type { Message } from "./message.ts";
import type { ClientFrame } from "./wire.ts";

const BURST = 2000; // ms in which a second request for the same missing frames is the first one again

export class Hearing {
  #send: (frame: ClientFrame) => void;
  #heard = new Map<number, { chat: string | null; seq: number }>();
  #asked = new Map<number, { seq: number; at: number }>();

  constructor(send: (frame: ClientFrame) => void) {
    this.#send = send;
  }

  /** The last frame that came of each. */
  get seen(): Record<number, number> {
    return Object.fromEntries([...this.#heard].map(([message, { seq }]) => [message, seq]));
  }

  /** Nothing is sent to a new line until it is asked for. */
  reset(): void {
    this.#heard.clear();
    this.#asked.clear();
  }

  begins(message: number, chat: string | null): void {
    this.#heard.set(message, { chat, seq: this.#heard.get(message)?.seq ?? 0 });
  }

  came(message: number, seq: number): void {
    this.#heard.set(message, { chat: this.#heard.get(message)?.chat ?? null, seq });
  }

  /** The chat that has come to rest with the end of this answer; null when another one is written there. */
  ended(message: number, shown: string | null): string | null {
    const chat = this.#heard.get(message)?.chat ?? shown;
    this.#heard.delete(message);
    return [...this.#heard.values()].some((other) => other.chat === chat) ? null : chat;
  }

  /** Asks for what comes after the last frame that the page has, once in a burst. */
  resume(message: Message, chat: string | null, now = Date.now()): void {
    const last = this.#asked.get(message.id);
    if (last?.seq === message.seq && now - last.at < BURST) return;
    this.#asked.set(message.id, { seq: message.seq, at: now });
    this.begins(message.id, chat);
    this.#send({ type: "resume", id: `resume:${message.id}`, message: message.id, after: message.seq });
  }

  /** Another conversation is shown, whose messages may be held at other places. */
  forgetAsked(): void {
    this.#asked.clear();
  }
}

/** The message that a refused `resume` was about. */
export function resumedBy(frameId: unknown): number | null {
  const found = /^resume:(\d+)$/.exec(String(frameId))?.[1];
  return found ? Number(found) : null;
}
