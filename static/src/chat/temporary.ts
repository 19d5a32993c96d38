// A chat that lives in this tab alone: its words are sent along with each question, and kept nowhere.
import { t } from "../i18n.ts";
import { type ChatSettings, DEFAULTS } from "./chat-settings.ts";
import { newId } from "./ids.ts";
import { blank, Message } from "./message.ts";
import { Observable } from "./observable.ts";
import type { Asking, ClientFrame, ServerFrame } from "./wire.ts";

export class Temporary extends Observable {
  messages: Message[] = [];
  problem = "";
  settings: ChatSettings = DEFAULTS;
  #send: (frame: ClientFrame) => void;
  #asked = "";

  constructor(send: (frame: ClientFrame) => void) {
    super();
    this.#send = send;
  }

  get running(): Message | null {
    const last = this.messages.at(-1);
    return last?.running ? last : null;
  }

  ask(text: string, asking: Asking, name: string): void {
    const said = this.messages.filter((message) => message.text).map(({ role, text: words }) => ({ role, text: words }));
    const [model = ""] = asking.models;
    this.#asked = newId();
    this.problem = "";
    this.messages = [
      ...this.messages,
      new Message({ ...blank("user"), text }),
      new Message({ ...blank("assistant"), state: "running", model: { id: model, name } }),
    ];
    this.#send({ type: "temporary", id: this.#asked, text, said, ...asking, web_search: false, settings: this.settings });
    this.changed();
  }

  arrange(settings: ChatSettings): void {
    this.settings = settings;
    this.changed();
  }

  stop(): void {
    if (this.running) this.#send({ type: "stop", message: this.running.id });
  }

  /** Whether the frame was for this chat. */
  take(frame: ServerFrame): boolean {
    const last = this.running;
    if (frame.type === "accepted" && frame.id === this.#asked) {
      const id = frame.replies[0]?.message ?? 0;
      const answer = new Message({ ...blank("assistant"), id, state: "running", model: last?.model ?? null });
      this.messages = [...this.messages.slice(0, -1), answer];
    } else if (frame.type === "error" && frame.message === null && frame.id === this.#asked) {
      this.messages = this.messages.slice(0, -2);
      this.problem = frame.detail;
    } else if ("message" in frame && typeof frame.message === "number" && frame.message < 0 && "seq" in frame) {
      if (last?.id === frame.message) last.apply(frame, Date.now());
    } else return false;
    this.changed();
    return true;
  }

  /** The line broke: the answer is written for nobody any more. */
  lost(): void {
    const last = this.running;
    if (!last) return;
    const detail = t("The connection was lost, and nothing of a temporary chat is kept on the server. Ask again.");
    last.apply({ type: "error", id: null, message: last.id, seq: last.seq + 1, code: "interrupted", detail, retryable: false }, Date.now());
    this.changed();
  }
}
