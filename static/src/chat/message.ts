// One message as the page holds it: from the history, drawn before the server has it, or growing frame by frame.
import { Observable } from "./observable.ts";
import type { Citation, Failure, MessageData, MessageFrame, State } from "./wire.ts";

/** "gap": frames before this one are missing, so it was not applied. */
export type Outcome = "applied" | "known" | "gap";

export class Message extends Observable {
  readonly id: number;
  readonly parent: number | null;
  readonly role: "user" | "assistant";
  readonly model: { id: string; name: string } | null;
  readonly createdAt: Date;
  text: string;
  reasoning: string;
  state: State;
  seq: number;
  stage: string;
  detail = "";
  error: Failure | null;
  finishReason: string | null;
  usage: Record<string, number>;
  sources: Citation[];
  /** Seconds of thinking, known only when this page watched it. */
  thoughtSeconds: number | null = null;
  /** Asked on this page, so its question is put near the top. */
  fresh = false;
  #thinkingSince = 0;

  constructor(data: MessageData) {
    super();
    this.id = data.id;
    this.parent = data.parent;
    this.role = data.role;
    this.model = data.model;
    this.createdAt = new Date(data.created_at);
    this.text = data.text;
    this.reasoning = data.reasoning;
    this.state = data.state;
    this.seq = data.seq;
    this.stage = data.stage;
    this.error = data.error;
    this.finishReason = data.finish_reason;
    this.usage = data.usage;
    this.sources = data.sources;
  }

  get running(): boolean {
    return this.state === "running";
  }

  get thinking(): boolean {
    return this.running && this.#thinkingSince > 0;
  }

  thinkingFor(now: number): number {
    return this.#thinkingSince ? Math.max(0, Math.round((now - this.#thinkingSince) / 1000)) : 0;
  }

  apply(frame: MessageFrame, now: number): Outcome {
    if (frame.seq <= this.seq) return "known";
    if (frame.seq > this.seq + 1) return "gap";
    this.seq = frame.seq;
    if (frame.type !== "reasoning" && this.#thinkingSince) {
      this.thoughtSeconds = this.thinkingFor(now);
      this.#thinkingSince = 0;
    }
    switch (frame.type) {
      case "status":
        this.stage = frame.stage;
        this.detail = frame.detail;
        break;
      case "sources":
        this.sources = frame.sources;
        break;
      case "delta":
        this.text += frame.text;
        break;
      case "reasoning":
        this.#thinkingSince ||= now;
        this.reasoning += frame.text;
        break;
      case "done":
        this.usage = frame.usage;
        this.finishReason = frame.finish_reason;
        this.state = frame.finish_reason === "stopped" ? "stopped" : "complete";
        break;
      case "error":
        this.error = { code: frame.code, detail: frame.detail, retryable: frame.retryable };
        this.state = endState(frame.code);
        break;
    }
    this.changed();
    return "applied";
  }
}

function endState(code: string): State {
  if (code === "stopped" || code === "interrupted") return code;
  return "failed";
}
