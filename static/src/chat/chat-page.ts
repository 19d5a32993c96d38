// The page as a whole, without any element: which conversation is open, and where each frame of the socket goes.
import { t } from "../i18n.ts";
import { ChatList } from "./chat-list.ts";
import { Choices } from "./choices.ts";
import { Conversation } from "./conversation.ts";
import { Drafts } from "./drafts.ts";
import type { Message } from "./message.ts";
import { Observable } from "./observable.ts";
import { TurnSocket } from "./turn-socket.ts";
import type { Accepted, Boot, Citation, MessageFrame, ServerFrame } from "./wire.ts";

export class ChatPage extends Observable {
  readonly boot: Boot;
  readonly list = new ChatList();
  readonly choices: Choices;
  readonly drafts: Drafts;
  readonly socket: TurnSocket;
  conversation: Conversation;
  /** A refusal that belongs to no message, shown above the composer. */
  problem = "";
  #returned = "";
  sources: { message: Message; n: number | null } | null = null;
  /** Conversations by the frames and messages of this page that are on their way. */
  #sent = new Map<string, Conversation>();
  #replies = new Map<number, string>();
  #resumed = new Map<number, number>();

  constructor(boot: Boot, socketAddress: string) {
    super();
    this.boot = boot;
    this.choices = new Choices(boot);
    this.drafts = new Drafts(boot.user.email);
    this.conversation = new Conversation(boot.chat, boot.models);
    this.socket = new TurnSocket(socketAddress, {
      frame: (frame) => this.#frame(frame),
      opened: () => this.#resumeAll(),
      seen: () => Object.fromEntries(this.conversation.running.map((message) => [message.id, message.seq])),
      signedOut: () => location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname)}`),
    });
  }

  start(): void {
    this.socket.connect();
    void this.list.load();
    void this.open(this.boot.chat);
  }

  async open(id: string | null): Promise<void> {
    this.problem = "";
    this.sources = null;
    const conversation = new Conversation(id, this.boot.models);
    this.conversation = conversation;
    this.changed();
    await conversation.load();
    if (conversation !== this.conversation) return;
    this.choices.adopt(conversation.asked ?? null);
    if (this.socket.connected) this.#resumeAll();
    this.changed();
  }

  send(text: string, edits: Message | null = null): void {
    const id = crypto.randomUUID();
    const { conversation } = this;
    const parent = edits ? edits.parent : conversation.tree.leaf;
    this.problem = "";
    conversation.ask({ id, text, edits: edits?.id ?? null, parent });
    this.#sent.set(id, conversation);
    this.socket.send({
      type: "send",
      id,
      client_id: id,
      chat: conversation.id,
      parent,
      ...(edits ? { edits: edits.id } : {}),
      text,
      attachments: [],
      ...this.choices.asking,
    });
  }

  regenerate(message: Message): void {
    const id = crypto.randomUUID();
    this.#sent.set(id, this.conversation);
    this.socket.send({ type: "regenerate", id, message: message.id, ...this.choices.asking });
  }

  stop(): void {
    for (const message of this.conversation.running) this.socket.send({ type: "stop", message: message.id });
  }

  showSources(message: Message, n: number | null): void {
    this.sources = { message, n };
    this.changed();
  }

  hideSources(): void {
    this.sources = null;
    this.changed();
  }

  citation(message: Message, n: number): Citation | undefined {
    return message.sources.find((source) => source.n === n);
  }

  dismissProblem(): void {
    this.problem = "";
    this.changed();
  }

  /** Text that was not sent and goes back into the composer, once. */
  takeReturned(): string {
    const text = this.#returned;
    this.#returned = "";
    return text;
  }

  #frame(frame: ServerFrame): void {
    switch (frame.type) {
      case "accepted":
        this.#accepted(frame);
        break;
      case "chat":
        if (this.list.titled(frame.chat, frame.title) && frame.chat === this.conversation.id)
          this.conversation.rename(frame.title);
        break;
      case "pong":
        break;
      case "error":
        if (frame.message === null) this.#refused(String(frame.id), frame.detail);
        else this.#grow(frame);
        break;
      default:
        this.#grow(frame);
    }
  }

  #accepted(frame: Accepted): void {
    const conversation = this.#sent.get(frame.id);
    this.#sent.delete(frame.id);
    const replies = conversation?.accept(frame) ?? [];
    for (const reply of replies) this.#replies.set(reply.id, frame.chat);
    this.list.touch(frame.chat, frame.title ?? conversation?.title ?? "", true);
    this.changed();
  }

  #refused(id: string, detail: string): void {
    const conversation = this.#sent.get(id);
    this.#sent.delete(id);
    this.problem = detail || t("This could not be sent.");
    const text = conversation?.refuse() ?? "";
    if (conversation === this.conversation) this.#returned = text;
    else if (conversation) this.drafts.keep(conversation.id, text);
    this.changed();
  }

  #grow(frame: MessageFrame): void {
    const { gap } = this.conversation.apply(frame);
    if (gap) this.#resume(frame.message);
    if (frame.type !== "done" && frame.type !== "error") return;
    const chat = this.#replies.get(frame.message) ?? this.conversation.id;
    this.#replies.delete(frame.message);
    if (chat) this.list.ended(chat);
  }

  /** Asks for what is missing, once for each place the answer has reached. */
  #resume(id: number): void {
    const message = this.conversation.tree.get(id);
    if (!message || this.#resumed.get(id) === message.seq) return;
    this.#resumed.set(id, message.seq);
    this.socket.send({ type: "resume", message: id, after: message.seq });
  }

  #resumeAll(): void {
    this.#resumed.clear();
    for (const message of this.conversation.running) this.#resume(message.id);
  }
}
