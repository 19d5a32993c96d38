// The one WebSocket of this tab: reconnects, keeps what was not acknowledged, notices a dead line.
import { backoff } from "./backoff.ts";
import { Observable } from "./observable.ts";
import type { ClientFrame, ServerFrame } from "./wire.ts";

const SIGNED_OUT = 4401;
const PING_BUSY = 10_000;
const PING_IDLE = 30_000;
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
  #nextPing = 0;
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
    this.#schedulePing();
  }

  #opened(): void {
    this.#attempt = 0;
    for (const frame of this.#unanswered.values()) this.#socket?.send(JSON.stringify(frame));
    this.#listener.opened();
    this.#schedulePing();
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
    clearTimeout(this.#nextPing);
    this.#deadline = 0;
    if (code === SIGNED_OUT) {
      this.#listener.signedOut();
      return;
    }
    this.#retry = window.setTimeout(() => this.connect(), backoff(this.#attempt));
    this.#attempt += 1;
    this.changed();
  }

  #schedulePing(): void {
    clearTimeout(this.#nextPing);
    const busy = Object.keys(this.#listener.seen()).length > 0;
    this.#nextPing = window.setTimeout(() => this.#ping(), busy ? PING_BUSY : PING_IDLE);
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
