// The one WebSocket of this tab: reconnects, keeps what was not acknowledged, notices a dead line.
import { backoff } from "./backoff.ts";
import { Observable } from "./observable.ts";
import type { ClientFrame, ServerFrame } from "./wire.ts";

const SIGNED_OUT = 4401;
const PING_BUSY = 10_000;
const IDLE_ROUNDS = 3; // a ping in every third round while nothing is written
const PONG_WITHIN = 8_000;

interface Listener {
  frame(frame: ServerFrame): void;
  opened(): void;
  /** Messages that still grow, with the number of the last frame seen. */
  seen(): Record<number, number>;
  signedOut(): void;
}

export class TurnSocket extends Observable {
  #address: string;
  #listener: Listener;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retry = 0;
  #rounds = 0;
  #round = 0;
  #stops: ClientFrame[] = [];
  #deadline = 0;
  #unanswered = new Map<string, ClientFrame>();

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
    this.#socket = socket;
    socket.addEventListener("open", () => this.#opened());
    socket.addEventListener("message", (event) => this.#received(event.data as string));
    socket.addEventListener("close", (event) => {
      if (socket === this.#socket) this.#closed(event.code);
    });
  }

  /** At once after the page was hidden or the network was away, instead of waiting for the next attempt. */
  wake(): void {
    if (this.connected) this.#ping();
    else this.connect();
  }

  /** Frames with an id are kept and sent again after a reconnect until they are answered; `client_id` makes that harmless. */
  send(frame: ClientFrame): void {
    if ("id" in frame) this.#unanswered.set(frame.id, frame);
    if (this.connected) this.#socket?.send(JSON.stringify(frame));
    // Whoever pressed Stop without a line means it all the same.
    else if (frame.type === "stop") this.#stops.push(frame);
  }

  #opened(): void {
    this.#attempt = 0;
    for (const frame of [...this.#unanswered.values(), ...this.#stops]) this.#socket?.send(JSON.stringify(frame));
    this.#stops = [];
    this.#listener.opened();
    clearInterval(this.#rounds);
    this.#rounds = window.setInterval(() => this.#nextRound(), PING_BUSY);
    this.changed();
  }

  #received(text: string): void {
    clearTimeout(this.#deadline);
    this.#deadline = 0;
    const frame = JSON.parse(text) as ServerFrame;
    if ("id" in frame) this.#unanswered.delete(String(frame.id));
    this.#listener.frame(frame);
  }

  #closed(code: number): void {
    clearTimeout(this.#deadline);
    clearInterval(this.#rounds);
    this.#deadline = 0;
    if (code === SIGNED_OUT) {
      this.#listener.signedOut();
      return;
    }
    this.#retry = window.setTimeout(() => this.connect(), backoff(this.#attempt));
    this.#attempt += 1;
    this.changed();
  }

  #nextRound(): void {
    this.#round += 1;
    const busy = Object.keys(this.#listener.seen()).length > 0;
    if (busy || this.#round % IDLE_ROUNDS === 0) this.#ping();
  }

  #ping(): void {
    if (!this.connected) return;
    this.send({ type: "ping", seen: this.#listener.seen() });
    // Any frame clears it. A line that is silent after a ping is dead, whatever the browser believes.
    this.#deadline ||= window.setTimeout(() => {
      const dead = this.#socket;
      this.#socket = null;
      dead?.close();
      this.#closed(0);
    }, PONG_WITHIN);
  }
}
