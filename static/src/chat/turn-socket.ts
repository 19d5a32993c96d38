// The one WebSocket of this tab: reconnects, keeps what was not acknowledged, notices a dead line.
import { backoff } from "./backoff.ts";
import { Observable } from "./observable.ts";
import type { ClientFrame, Regenerate, ServerFrame } from "./wire.ts";

const SIGNED_OUT = 4401;
const RESTARTS = 1012;
const TOO_SLOW = 4408;
const AT_ONCE = 1000; // ms over which tabs spread that were asked to come again
const PING_BUSY = 10_000;
const IDLE_ROUNDS = 3; // a ping in every third round while nothing is written
const SEEN_EVERY = 64 * 1024; // characters received, at most three bytes each: the server pauses at 512 KB it has no word of
const PONG_WITHIN = 8_000;
const PONG_AFTER_SLEEP = 5_000;
const OPEN_WITHIN = 10_000;

interface Listener {
  frame(frame: ServerFrame): void;
  opened(): void;
  /** Messages that still grow, with the number of the last frame seen. */
  seen(): Record<number, number>;
  signedOut(): void;
  /** It was sent over a line that broke before there was an answer, and must not be obeyed twice. */
  inDoubt(frame: Regenerate): void;
}

export class TurnSocket extends Observable {
  #address: string;
  #listener: Listener;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retry = 0;
  #rounds = 0;
  #round = 0;
  #waiting: ClientFrame[] = [];
  #deadline = 0;
  #unacknowledged = 0;
  #unanswered = new Map<string, ClientFrame>();
  #once = new Map<string, Regenerate>();

  constructor(address: string, listener: Listener) {
    super();
    this.#address = address;
    this.#listener = listener;
  }

  get connected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** False until the first attempt failed or a line broke: a page that is just opening shows no warning. */
  get troubled(): boolean {
    return !this.connected && this.#attempt > 0;
  }

  connect(): void {
    clearTimeout(this.#retry);
    if (this.#socket && this.#socket.readyState <= WebSocket.OPEN) return;
    const socket = new WebSocket(this.#address);
    const mine = (act: () => void) => (): void => void (socket === this.#socket && act());
    this.#socket = socket;
    socket.addEventListener("open", mine(() => this.#opened()));
    socket.addEventListener("message", (event) => socket === this.#socket && this.#received(event.data as string));
    socket.addEventListener("close", (event) => socket === this.#socket && this.#closed(event.code));
    this.#expect(OPEN_WITHIN);
  }

  /** At once after the page was hidden or the network was away, instead of waiting for the next attempt. */
  wake(): void {
    if (this.connected) this.#ping(PONG_AFTER_SLEEP);
    else this.connect();
  }

  /** What must not be lost waits for a line, and what may be said twice is said again until it is answered. */
  send(frame: ClientFrame): void {
    if (frame.type === "send" || frame.type === "continue") this.#unanswered.set(frame.id, frame);
    if (this.connected) {
      if (frame.type === "regenerate") this.#once.set(frame.id, frame);
      this.#socket?.send(JSON.stringify(frame));
    } else {
      // Whoever pressed Stop or Retry without a line means it all the same.
      if (frame.type === "stop" || frame.type === "regenerate") this.#waiting.push(frame);
      if (this.#attempt) this.connect();
    }
  }

  #opened(): void {
    this.#heardOf();
    this.#attempt = 0;
    this.#unacknowledged = 0;
    const [doubtful, waiting] = [[...this.#once.values()], this.#waiting];
    this.#once.clear();
    this.#waiting = [];
    for (const frame of this.#unanswered.values()) this.#socket?.send(JSON.stringify(frame));
    for (const frame of waiting) this.send(frame);
    this.#listener.opened();
    for (const frame of doubtful) this.#listener.inDoubt(frame);
    clearInterval(this.#rounds);
    this.#rounds = window.setInterval(() => this.#nextRound(), PING_BUSY);
    this.changed();
  }

  #received(text: string): void {
    this.#heardOf();
    const frame = JSON.parse(text) as ServerFrame;
    if ("id" in frame) {
      this.#unanswered.delete(String(frame.id));
      this.#once.delete(String(frame.id));
    }
    this.#listener.frame(frame);
    this.#unacknowledged += text.length;
    if (this.#unacknowledged >= SEEN_EVERY) this.#ping();
  }

  #closed(code: number): void {
    this.#heardOf();
    clearInterval(this.#rounds);
    clearTimeout(this.#retry);
    if (code === SIGNED_OUT) {
      this.#listener.signedOut();
      return;
    }
    // Whom the server sends away is to come again at once; a second failure is one like any other.
    const asked = (code === RESTARTS || code === TOO_SLOW) && this.#attempt === 0;
    this.#retry = window.setTimeout(() => this.connect(), asked ? Math.random() * AT_ONCE : backoff(this.#attempt));
    if (!asked) this.#attempt += 1;
    this.changed();
  }

  #nextRound(): void {
    this.#round += 1;
    const busy = Object.keys(this.#listener.seen()).length > 0;
    if (busy || this.#round % IDLE_ROUNDS === 0) this.#ping();
  }

  #ping(within = PONG_WITHIN): void {
    if (!this.connected) return;
    this.#unacknowledged = 0;
    this.send({ type: "ping", seen: this.#listener.seen() });
    this.#expect(within);
  }

  /** Any sign of life clears it. A line that stays silent is dead, whatever the browser believes. */
  #expect(within: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = window.setTimeout(() => {
      const dead = this.#socket;
      this.#socket = null;
      dead?.close();
      this.#closed(0);
    }, within);
  }

  #heardOf(): void {
    clearTimeout(this.#deadline);
    this.#deadline = 0;
  }
}
