// The open conversation: its tree, what is chosen for the next question, and what the socket brings for it.
import { t } from "../i18n.ts";
import { getJson, patchJson } from "./api.ts";
import { Message } from "./message.ts";
import { MessageTree } from "./message-tree.ts";
import { Observable } from "./observable.ts";
import type { Accepted, Asking, ChatData, MessageData, MessageFrame, ModelChoice } from "./wire.ts";

/** A question drawn before the server has it. `edits` is the question it stands beside. */
export interface PendingQuestion {
  id: string;
  text: string;
  edits: number | null;
  parent: number | null;
}

export class Conversation extends Observable {
  id: string | null;
  title = "";
  tree = new MessageTree();
  before: string | null = null;
  pending: PendingQuestion | null = null;
  loading = false;
  problem = "";
  #models: readonly ModelChoice[];
  #asked: Asking | null = null;

  constructor(id: string | null, models: readonly ModelChoice[]) {
    super();
    this.id = id;
    this.#models = models;
  }

  /** What the last question was asked with, when the server knows. */
  get asked(): Asking | null {
    return this.#asked;
  }

  /** The shown branch; a pending edit already hides what it will replace. */
  get shown(): Message[] {
    const branch = this.tree.branch();
    const edited = this.pending?.edits;
    const at = edited ? branch.findIndex((message) => message.id === edited) : -1;
    return at < 0 ? branch : branch.slice(0, at);
  }

  get running(): Message[] {
    return this.tree.running();
  }

  async load(): Promise<void> {
    if (!this.id) return;
    this.loading = true;
    this.problem = "";
    this.changed();
    try {
      this.#take(await getJson<ChatData>(`/api/chats/${this.id}`));
    } catch (error) {
      this.problem = (error as Error).message;
    }
    this.loading = false;
    this.changed();
  }

  async loadOlder(): Promise<void> {
    if (!this.before || this.loading) return;
    this.loading = true;
    const data = await getJson<ChatData>(`/api/chats/${this.id}?before=${this.before}`);
    for (const message of data.messages) this.#add(message);
    this.before = data.before;
    this.loading = false;
    this.changed();
  }

  /** Shows the branch through this message; the server knows where it goes on. */
  async switchTo(message: number): Promise<void> {
    if (this.tree.get(message) && this.tree.isLeaf(message)) {
      this.tree.show(message);
      this.changed();
    }
    this.#take(await patchJson<ChatData>(`/api/chats/${this.id}`, { active: message }));
    this.changed();
  }

  ask(pending: PendingQuestion): void {
    this.pending = pending;
    this.changed();
  }

  /** The server did not take the question; gives its text back. */
  refuse(): string {
    const text = this.pending?.text ?? "";
    this.pending = null;
    this.changed();
    return text;
  }

  accept(frame: Accepted): Message[] {
    this.id = frame.chat;
    this.title = frame.title || this.title;
    if (!this.tree.get(frame.message)) {
      const parent = frame.parent === undefined ? (this.pending?.parent ?? null) : frame.parent;
      this.tree.add(new Message({ ...blank("user"), id: frame.message, parent, text: this.pending?.text ?? "" }));
    }
    this.pending = null;
    const replies = frame.replies.map((reply) => this.#reply(reply.message, frame.message, reply.model));
    this.tree.show(replies[0]?.id ?? frame.message);
    this.changed();
    return replies;
  }

  /** False when the message is not one of this conversation. */
  apply(frame: MessageFrame): { mine: boolean; gap: boolean } {
    const message = this.tree.get(frame.message);
    if (!message) return { mine: false, gap: false };
    const wasRunning = message.running;
    const outcome = message.apply(frame, Date.now());
    if (wasRunning && !message.running) this.changed();
    return { mine: true, gap: outcome === "gap" };
  }

  rename(title: string): void {
    this.title = title;
    this.changed();
  }

  #reply(id: number, parent: number, model: string): Message {
    const known = this.tree.get(id);
    if (known) return known;
    const name = this.#models.find((choice) => choice.id === model)?.name ?? model;
    const reply = new Message({ ...blank("assistant"), id, parent, state: "running", model: { id: model, name } });
    reply.fresh = true;
    this.tree.add(reply);
    return reply;
  }

  #take(data: ChatData): void {
    this.tree = new MessageTree();
    for (const message of data.messages) this.#add(message);
    this.tree.show(data.active);
    this.title = data.title;
    this.before = data.before;
    this.#asked = { models: data.models, libraries: data.libraries, web_search: data.web_search };
  }

  #add(data: MessageData): void {
    if (data.state === "interrupted" && !data.error) {
      data.error = { code: "interrupted", detail: t("The server was restarted while it was writing."), retryable: true };
    }
    if (!this.tree.get(data.id)) this.tree.add(new Message(data), data.siblings);
  }
}

function blank(role: "user" | "assistant"): MessageData {
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
