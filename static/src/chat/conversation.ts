// The open conversation: its tree, what is asked and not yet stored, and what the socket brings for it.
import { t } from "../i18n.ts";
import { ApiError, getJson, patchJson } from "./api.ts";
import { knownFiles } from "./attachments.ts";
import { blank, Message } from "./message.ts";
import { MessageTree } from "./message-tree.ts";
import type { Models } from "./models.ts";
import { Observable } from "./observable.ts";
import type { Origin } from "./origin.ts";
import type { Accepted, Asking, ChatData, Folder, MessageData, MessageFrame, Standing } from "./wire.ts";

/** A question drawn before the server has it. `edits` is the question it stands beside, below `parent`. */
export interface PendingQuestion {
  id: string;
  text: string;
  edits: number | null;
  parent: number | null;
  /** Null when it was written offline: it is asked as the chat was asked last. */
  asking: Asking | null;
  /** Null when nothing was said of files: an edited question keeps those it had. */
  attachments: string[] | null;
}

export class Conversation extends Observable {
  id: string | null;
  title = "";
  /** Where a chat that begins here is to lie. */
  readonly folder: Folder | null;
  tree = new MessageTree();
  before: string | null = null;
  /** In the order they were asked; only the first is on its way, for the next one stands under its answer. */
  pending: PendingQuestion[] = [];
  problem = "";
  #models: Models;
  /** How the models stand that were asked last. */
  standing: readonly Standing[] = [];
  #asked: Asking | null = null;
  #onItsWay = "";
  #open = 0;
  /** Counts requests, so that an answer knows what happened here since it was asked for. */
  #clock = 0;
  #taken = 0;
  #leafMoved = 0;
  #heard = new Map<number, number>();
  /** Deleted, as far as somebody sees; they may still be had back. */
  #hidden = new Set<number>();
  #wanted: number | null = null;
  #switching = false;

  constructor(id: string | null, models: Models, folder: Folder | null = null) {
    super();
    this.id = id;
    this.folder = folder;
    if (folder) this.#asked = { models: [], libraries: folder.libraries, web_search: false };
    this.#models = models;
  }

  /** What the last question was asked with, when the server knows. */
  get asked(): Asking | null {
    return this.#asked;
  }

  get loading(): boolean {
    return this.#open > 0;
  }

  /** The shown branch; a pending edit already hides what it will replace. */
  get shown(): Message[] {
    const branch = this.tree.branch();
    const edited = this.pending.find((question) => question.edits)?.edits;
    const at = branch.findIndex((message) => message.id === edited || this.#hidden.has(message.id));
    return at < 0 ? branch : branch.slice(0, at);
  }

  get running(): Message[] {
    return this.tree.running();
  }

  /** Fetches it; false when that failed. What happened here meanwhile is newer than the answer, and an answer later than a newer one is dropped. */
  async load(): Promise<boolean> {
    if (!this.id) return true;
    let fetched = true;
    const empty = this.tree.leaf === null;
    try {
      await this.#fetch(() => getJson<ChatData>(`/api/chats/${this.id}`));
      this.problem = "";
    } catch (error) {
      fetched = false;
      const gone = error instanceof ApiError && error.status === 404;
      if (empty || gone) this.problem = (error as Error).message;
    }
    this.changed();
    return fetched;
  }

  /** Raises ApiError. */
  async loadOlder(): Promise<void> {
    if (!this.before || this.loading) return;
    this.#open += 1;
    try {
      const data = await getJson<ChatData>(`/api/chats/${this.id}?before=${this.before}`);
      for (const message of data.messages) this.#put(this.tree, message);
      this.before = data.before;
    } finally {
      this.#open -= 1;
      this.changed();
    }
  }

  /** Shows the branch through this message; the server knows where it goes on. Raises ApiError. */
  async switchTo(message: number): Promise<void> {
    if (this.tree.get(message) && this.tree.isLeaf(message)) {
      this.tree.show(message);
      this.changed();
    }
    this.#wanted = message;
    if (this.#switching) return;
    this.#switching = true;
    try {
      // One after the other, so that the last one that was wanted is the last one the server hears.
      while (this.#wanted !== null) {
        const active = this.#wanted;
        this.#wanted = null;
        this.#leafMoved = this.#clock;
        await this.#fetch(() => patchJson<ChatData>(`/api/chats/${this.id}`, { active }));
      }
    } finally {
      this.#switching = false;
      this.changed();
    }
  }

  /** Takes what the server answers to a change of the chat. Raises ApiError. */
  async change(request: () => Promise<ChatData>): Promise<void> {
    await this.#fetch(request);
    this.changed();
  }

  /** Shows the branch with this message, loaded as far up as it stands; whether it is there. Raises ApiError. */
  async reach(message: number): Promise<boolean> {
    const isThere = (): boolean => this.shown.some(({ id }) => id === message);
    if (!isThere()) await this.switchTo(message);
    while (!isThere() && this.before) await this.loadOlder();
    return isThere();
  }

  ask(pending: PendingQuestion): void {
    this.pending = [...this.pending, pending];
    this.changed();
  }

  /** The question to send now, placed in the tree; null while one is on its way or its place is not known. */
  next(): PendingQuestion | null {
    const [first] = this.pending;
    if (!first || first.id === this.#onItsWay || (this.id && this.tree.leaf === null && (this.loading || this.problem))) return null;
    this.#onItsWay = first.id;
    if (!first.edits) first.parent = this.tree.leaf;
    return first;
  }

  /** The server did not take the question; gives it back, and those that should have followed it. */
  refuse(): PendingQuestion[] {
    const { pending } = this;
    this.pending = [];
    this.changed();
    return pending;
  }

  accept(frame: Accepted): Message[] {
    const asked = this.pending.find((question) => question.id === frame.id);
    this.id = frame.chat;
    this.title = frame.title || this.title;
    if (!this.tree.get(frame.message)) {
      const parent = frame.parent === undefined ? (asked?.parent ?? null) : frame.parent;
      this.tree.add(new Message({ ...blank("user"), id: frame.message, parent, text: asked?.text ?? "", attachments: knownFiles(asked?.attachments) }));
    }
    this.#heard.set(frame.message, this.#clock);
    this.pending = this.pending.filter((question) => question !== asked);
    const replies = frame.replies.map((reply) => this.#reply(reply.message, frame.message, reply.model, reply.origin));
    this.tree.show(replies[0]?.id ?? frame.message);
    this.#leafMoved = this.#clock;
    this.changed();
    return replies;
  }

  /** False when the message is not one of this conversation. */
  apply(frame: MessageFrame): { mine: boolean; gap: boolean } {
    const message = this.tree.get(frame.message);
    if (!message) return { mine: false, gap: false };
    const wasRunning = message.running;
    const wasQueued = message.queued;
    const outcome = message.apply(frame, Date.now());
    if (outcome === "applied") this.#heard.set(message.id, this.#clock);
    if (wasRunning !== message.running || wasQueued !== message.queued) this.changed();
    return { mine: true, gap: outcome === "gap" };
  }

  /** With all that stands under it. */
  hide(message: number, hidden: boolean): void {
    if (hidden) this.#hidden.add(message);
    else this.#hidden.delete(message);
    this.changed();
  }

  /** The server knows no such message any more. */
  forget(message: number): void {
    this.#heard.delete(message);
    this.tree.remove(message);
    this.changed();
  }

  rename(title: string): void {
    this.title = title;
    this.changed();
  }

  #reply(id: number, parent: number, model: string, origin: Origin = {}): Message {
    this.#heard.set(id, this.#clock);
    const known = this.tree.get(id);
    if (known) return known;
    const name = this.#models.get(model)?.name ?? model;
    const reply = new Message({ ...blank("assistant"), id, parent, origin, state: "running", model: { id: model, name } });
    reply.stageSince = Date.now();
    reply.fresh = true;
    this.tree.add(reply);
    if (this.tree.answerAbove(reply)?.running) reply.stage = "queued";
    return reply;
  }

  async #fetch(request: () => Promise<ChatData>): Promise<void> {
    this.#clock += 1;
    const asked = this.#clock;
    this.#open += 1;
    this.changed();
    try {
      const data = await request();
      if (asked < this.#taken) return;
      this.#taken = asked;
      this.#merge(data, asked);
    } finally {
      this.#open -= 1;
    }
  }

  #merge(data: ChatData, asked: number): void {
    const before = this.tree;
    const { leaf } = before;
    const tree = new MessageTree();
    for (const message of data.messages) this.#put(tree, message, asked);
    // What was asked here meanwhile, and what is written beside the shown branch, is missing in the answer.
    for (const message of before.all()) {
      if (!tree.get(message.id) && (this.#since(message.id, asked) || message.running)) tree.add(message);
    }
    const above = tree.addAbove(before, data.messages[0]?.parent ?? null);
    if (!above) this.before = data.before;
    tree.show(this.#leafMoved >= asked ? leaf : data.active);
    this.tree = tree;
    this.title = data.title;
    this.standing = data.standing ?? [];
    const { tools } = data.messages.findLast(({ role }) => role === "assistant")?.origin ?? {};
    this.#asked = { models: data.models, libraries: data.libraries, web_search: data.web_search, ...(tools ? { tools } : {}), ...(data.settings ? { settings: data.settings } : {}) };
  }

  #since(message: number, asked: number): boolean {
    return (this.#heard.get(message) ?? 0) >= asked;
  }

  #put(tree: MessageTree, data: MessageData, asked = 0): void {
    if (data.state === "interrupted" && !data.error) {
      data.error = { code: "interrupted", detail: t("The server was restarted while it was writing."), retryable: true };
    }
    const known = this.tree.get(data.id);
    if (known) {
      known.origin = data.origin ?? {};
      if (JSON.stringify(known.rating) !== JSON.stringify(data.rating ?? null)) known.rate(data.rating ?? null);
    }
    const same = known?.seq === data.seq && known.state === data.state;
    if (known && !same && !this.#isNewer(known, data, asked)) known.take(data);
    tree.add(known ?? new Message(data), data.siblings);
  }

  /** Whether the page is ahead of what the server has stored; a row lags behind while it is written. */
  #isNewer(known: Message, data: MessageData, asked: number): boolean {
    const heard = asked > 0 && this.#since(known.id, asked);
    return known.seq >= data.seq && (heard || (known.running && data.state === "running"));
  }
}
