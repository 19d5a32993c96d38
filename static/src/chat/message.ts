// One message as the page holds it: from the history, drawn before the server has it, or growing frame by frame.
import { Observable, Pulse } from "./observable.ts";
import type { Origin } from "./origin.ts";
import type { Rating } from "./ratings.ts";
import { receiptOf } from "./receipts.ts";
import type { ToolCall } from "./tool-call.ts";
import type { AttachmentData, Citation, Failure, MessageData, MessageFrame, Receipt, State, Truncation, Usage, Writer } from "./wire.ts";

/** "gap": frames before this one are missing, so it was not applied. */
export type Outcome = "applied" | "known" | "gap";

export class Message extends Observable {
  readonly id: number;
  readonly parent: number | null;
  readonly role: "user" | "assistant";
  readonly model: Writer | null;
  readonly createdAt: Date;
  attachments: readonly AttachmentData[];
  origin: Origin;
  rating: Rating | null;
  text = "";
  reasoning = "";
  state: State = "running";
  seq = 0;
  stage = "";
  detail = "";
  error: Failure | null = null;
  finishReason: string | null = null;
  usage: Usage = {};
  sources: Citation[] = [];
  /** What was done on the web for it. */
  search: Receipt | null = null;
  /** What was done with tools for it, in the order of the calls. */
  calls: readonly ToolCall[] = [];
  /** The connection that answered. */
  host = "";
  truncated: Truncation | null = null;
  /** The message that its prompt began with; null when nothing was left out. */
  toldFrom: number | null = null;
  /** Seconds of thinking, known only when this page watched it. */
  thoughtSeconds: number | null = null;
  /** Asked on this page, so its question is put near the top. */
  fresh = false;
  /** More words of the answer or of the thoughts; everything else is a change. */
  readonly grown = new Pulse();
  /** When its stage was reached, by the clock of this page; 0 for one that came from the history. */
  stageSince = 0;
  #thinkingSince = 0;
  #askedOn = false;

  constructor(data: MessageData) {
    super();
    this.id = data.id;
    this.parent = data.parent;
    this.role = data.role;
    this.model = data.model;
    this.createdAt = new Date(data.created_at);
    this.attachments = data.attachments ?? [];
    this.origin = data.origin ?? {};
    this.rating = data.rating ?? null;
    this.#hold(data);
  }

  get running(): boolean {
    return this.state === "running";
  }

  get queued(): boolean {
    return this.running && this.stage === "queued";
  }

  /** False while it waits for another answer, and when it was stopped doing so. */
  get begun(): boolean {
    return this.running ? !this.queued : this.text !== "" || this.reasoning !== "" || this.state !== "stopped";
  }

  /** An answer that ended before its time, with words that can be gone on from. */
  get cut(): boolean {
    if (this.role !== "assistant" || this.running || !this.text.trim()) return false;
    return this.state !== "complete" || this.finishReason === "length";
  }

  /** It was asked to go on, and the server has not begun. */
  get askedOn(): boolean {
    return this.#askedOn;
  }

  goOn(asked: boolean): void {
    this.#askedOn = asked;
    this.changed();
  }

  get thinking(): boolean {
    return this.running && this.#thinkingSince > 0;
  }

  thinkingFor(now: number): number {
    return this.#thinkingSince ? Math.max(0, Math.round((now - this.#thinkingSince) / 1000)) : 0;
  }

  /** Seconds that its stage has lasted. */
  stageFor(now: number): number {
    return this.stageSince ? Math.max(0, Math.round((now - this.stageSince) / 1000)) : 0;
  }

  /** What this person thinks of it now. */
  rate(rating: Rating | null): void {
    this.rating = rating;
    this.changed();
  }

  /** Takes what the server has stored in place of what is here. */
  take(data: MessageData): void {
    this.#hold(data);
    this.attachments = data.attachments ?? this.attachments;
    this.#thinkingSince = 0;
    this.#askedOn = false;
    this.changed();
  }

  apply(frame: MessageFrame, now: number): Outcome {
    if (frame.seq <= this.seq) return "known";
    if (frame.seq > this.seq + 1) return "gap";
    this.seq = frame.seq;
    const quiet = this.running && ((frame.type === "delta" && this.#isWriting) || (frame.type === "reasoning" && this.thinking));
    // Frames after an end: the answer goes on.
    this.state = "running";
    this.error = null;
    this.finishReason = null;
    this.#askedOn = false;
    this.#take(frame, now);
    if (frame.type === "delta" || frame.type === "reasoning") this.grown.beat();
    if (!quiet) this.changed();
    return "applied";
  }

  #hold(data: MessageData): void {
    this.text = data.text;
    this.reasoning = data.reasoning;
    this.state = data.state;
    this.seq = data.seq;
    this.stage = data.stage;
    this.error = data.error;
    this.finishReason = data.finish_reason;
    this.usage = data.usage;
    this.sources = data.sources;
    this.search = receiptOf(data.search ?? "");
    this.calls = data.calls ?? [];
    this.host = data.host ?? data.usage.host ?? "";
    this.truncated = data.truncated ?? null;
    this.toldFrom = data.told_from ?? null;
  }

  get #isWriting(): boolean {
    return this.text !== "" && this.stage === "generating" && !this.thinking;
  }

  /** What came as text was thinking, but for its beginning: the server wrote that itself. */
  #rethink(keep: number): void {
    const letters = [...this.text];
    this.reasoning += letters.slice(keep).join("");
    this.text = letters.slice(0, keep).join("");
  }

  #take(frame: MessageFrame, now: number): void {
    if (frame.type !== "reasoning" && this.#thinkingSince) {
      this.thoughtSeconds = this.thinkingFor(now);
      this.#thinkingSince = 0;
    }
    switch (frame.type) {
      case "status":
        if (frame.stage === "rethought") {
          this.#rethink(Number(frame.detail) || 0);
          break;
        }
        if (frame.stage === "searched") {
          this.search = receiptOf(frame.detail);
          break;
        }
        if (frame.stage === "drawn") {
          this.attachments = [...this.attachments, JSON.parse(frame.detail) as AttachmentData];
          break;
        }
        if (frame.stage === "tool") this.calls = withCall(this.calls, frame.detail);
        this.stage = frame.stage;
        this.detail = frame.detail;
        this.stageSince = now;
        break;
      case "sources":
        this.sources = frame.sources;
        break;
      case "delta":
        this.text += frame.text;
        this.stage = "generating";
        break;
      case "reasoning":
        this.#thinkingSince ||= now;
        this.reasoning += frame.text;
        break;
      case "done":
        this.usage = frame.usage;
        this.sources = this.sources.map((source) => {
          const checks = frame.evidence?.[source.n] ?? [];
          return { ...source, checks, cited: checks.length > 0 };
        });
        this.host = frame.usage.host ?? this.host;
        this.truncated = frame.truncated ?? null;
        this.toldFrom = frame.told_from ?? this.toldFrom;
        this.finishReason = frame.finish_reason;
        this.state = frame.finish_reason === "stopped" ? "stopped" : "complete";
        break;
      case "error":
        this.error = { code: frame.code, detail: frame.detail, retryable: frame.retryable };
        this.state = endState(frame.code);
        break;
    }
  }
}

/** The calls with this one in its place; what cannot be read changes nothing. */
function withCall(calls: readonly ToolCall[], detail: string): readonly ToolCall[] {
  try {
    const call = JSON.parse(detail) as ToolCall;
    return [...calls.filter(({ n }) => n !== call.n), call].sort((one, other) => one.n - other.n);
  } catch {
    return calls;
  }
}

function endState(code: string): State {
  if (code === "stopped" || code === "interrupted") return code;
  return "failed";
}

/** A message of which only the page knows. */
export function blank(role: "user" | "assistant"): MessageData {
  return {
    id: 0,
    parent: null,
    role,
    text: "",
    reasoning: "",
    state: "complete",
    seq: 0,
    stage: "",
    model: null,
    error: null,
    finish_reason: null,
    usage: {},
    sources: [],
    siblings: [],
    created_at: new Date().toISOString(),
  };
}
