// The page as a whole, without any element: which conversation is open, and where each frame of the socket goes.
import { t } from "../i18n.ts";
import { ApiError, remove } from "./api.ts";
import { Aside } from "./aside.ts";
import { ChatList } from "./chat-list.ts";
import { Choices } from "./choices.ts";
import { Conversation } from "./conversation.ts";
import { Drafts } from "./drafts.ts";
import { Hearing, resumedBy } from "./hearing.ts";
import { ImageMode, type ImageWish } from "./images/mode.ts";
import { Keeping } from "./keeping.ts";
import { Limits } from "./limits.ts";
import type { Message } from "./message.ts";
import { Models } from "./models.ts";
import { Observable } from "./observable.ts";
import type { Again } from "./origin.ts";
import { Removals } from "./removals.ts";
import { type GivenBack, Requests } from "./requests.ts";
import { TurnSocket } from "./turn-socket.ts";
import { Unseen } from "./unseen.ts";
import { Versions } from "./versions.ts";
import type { Accepted, Boot, ChatNotice, ClientFrame, MessageFrame, Refused, ServerFrame } from "./wire.ts";

export class ChatPage extends Observable {
  readonly boot: Boot;
  readonly list: ChatList;
  readonly models: Models;
  readonly limits: Limits;
  readonly aside = new Aside();
  readonly keeping = new Keeping();
  readonly images = new ImageMode();
  readonly choices: Choices;
  readonly drafts: Drafts;
  readonly socket: TurnSocket;
  readonly removals: Removals;
  readonly versions = new Versions(this);
  conversation: Conversation;
  sought: number | null = null; // the message that a link or a search led to
  /** A refusal that belongs to no message, shown above the composer. */
  problem = "";
  hidden = false; // nobody looks at it
  #returned: GivenBack | null = null;
  #requests: Requests;
  #hearing: Hearing;
  #wasOpen = false;

  constructor(boot: Boot, socketAddress: string) {
    super();
    const send = (frame: ClientFrame): void => this.socket.send(frame);
    this.boot = boot;
    this.list = new ChatList(() => (this.hidden ? null : this.conversation.id), new Unseen(boot.user.email));
    this.models = new Models(boot.models);
    this.limits = new Limits(boot.language, boot.remaining);
    this.choices = new Choices(boot, this.models);
    this.drafts = new Drafts(boot.user.email, boot);
    this.#requests = new Requests(boot.user.email, this.drafts, send);
    this.#hearing = new Hearing(send);
    this.removals = new Removals(this);
    this.conversation = this.#conversation(boot.chat);
    this.socket = new TurnSocket(socketAddress, {
      frame: (frame) => void (this.keeping.temporary?.take(frame) || this.#frame(frame)),
      opened: () => this.#opened(),
      seen: () => this.#hearing.seen,
      inDoubt: (frame) => void this.#requests.askedInDoubt(frame),
      signedOut: () => location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname)}`),
    });
  }

  start(sought: number | null = null): void {
    this.socket.connect();
    void this.list.load();
    void this.#show(this.conversation, sought);
    this.#requests.takeUp(this.conversation, (chat) => this.#conversation(chat));
  }

  /** The page goes away: what is decided is done, what is not sent is kept. */
  leave(): void {
    this.list.flush();
    this.removals.flush();
    this.#requests.putAway();
  }

  /** The tab is looked at again, or not any more. */
  look(hidden: boolean): void {
    this.hidden = hidden;
    if (!hidden) {
      this.list.saw(this.conversation.id);
      this.socket.wake();
      void this.list.load();
    }
    this.changed();
  }

  async open(id: string | null, sought: number | null = null): Promise<void> {
    // A conversation whose question is on its way goes on as it is.
    const known = id ? this.#requests.conversation(id) : undefined;
    await this.#show(known ?? (id && id === this.conversation.id ? this.conversation : this.#conversation(id)), sought);
  }

  /** Fetches the open conversation and goes on with what is written in it. */
  async refresh(): Promise<void> {
    const { conversation } = this;
    await conversation.load();
    this.#requests.sendNext(conversation);
    if (conversation === this.conversation && this.socket.connected) this.#resumeAll();
  }

  send(text: string, edits: Message | null = null, attachments: string[] | null = null, image?: ImageWish): void {
    this.problem = "";
    const { conversation } = this;
    const asking = { ...this.choices.asking, ...(image ? { image } : {}) };
    this.removals.before(conversation, () => this.#requests.ask(conversation, text, edits, asking, attachments));
  }

  /** Another answer beside this one; with the present choices but for what is `changed`. */
  regenerate(message: Message, changed: Again = {}): void {
    this.problem = "";
    this.#requests.answerAgain(this.conversation, message, { ...this.choices.again(message.model?.id), ...changed });
  }

  goOn(message: Message): void {
    this.#requests.goOn(this.conversation, message);
  }

  /** All that runs here, the newest first: what waits for the answer above must not begin when that ends. */
  stop(): void {
    for (const message of this.conversation.running.sort((one, other) => other.id - one.id)) this.socket.send({ type: "stop", message: message.id });
  }

  /** Takes back a question that waits; its words go into the box again. */
  async takeBack(message: Message): Promise<void> {
    const { conversation } = this;
    const question = conversation.tree.above(message);
    if (!question || !conversation.tree.isLeaf(message.id)) {
      this.socket.send({ type: "stop", message: message.id });
      return;
    }
    await this.attempt(async () => {
      const keep = question.attachments.length ? "?keep_files=true" : "";
      await remove(`/api/chats/${conversation.id}/messages/${question.id}${keep}`);
      conversation.forget(message.id);
      conversation.forget(question.id);
      this.#giveBack(conversation, { text: question.text, edits: null, attachments: question.attachments.map(({ id }) => id) });
      await this.refresh();
    });
  }

  switchTo(message: number): Promise<void> {
    return this.attempt(async () => {
      await this.conversation.switchTo(message);
      this.#resumeAll();
    });
  }

  loadOlder(): Promise<void> {
    return this.attempt(() => this.conversation.loadOlder());
  }

  /** A part of the page could not be fetched, so it is not shown. */
  lacks(): void {
    this.aside.hide();
    this.keeping.done();
    this.keeping.finding = false;
    this.problem = t("This could not be loaded. Check your connection and try again.");
    this.changed();
  }

  /** Text that was not sent and goes back into the composer, once. */
  takeReturned(): GivenBack | null {
    const returned = this.#returned;
    this.#returned = null;
    return returned;
  }

  #conversation(id: string | null): Conversation {
    return new Conversation(id, this.models, id ? null : this.list.shelves.openFolder);
  }

  async #show(conversation: Conversation, sought: number | null): Promise<void> {
    this.problem = "";
    this.sought = null;
    this.aside.hide();
    this.conversation = conversation;
    this.#hearing.forgetAsked();
    this.choices.begin();
    this.list.saw(conversation.id);
    this.changed();
    await this.refresh();
    if (conversation !== this.conversation) return;
    this.choices.adopt(conversation.asked, conversation.standing);
    if (sought) await this.attempt(async () => void (this.sought = (await conversation.reach(sought)) ? sought : null));
    this.changed();
  }

  #opened(): void {
    const again = this.#wasOpen;
    this.#wasOpen = true;
    this.#hearing.reset();
    this.#resumeAll();
    if (!again) return;
    // What happened while there was no line, in this chat and in the others.
    void this.refresh();
    void this.list.load();
  }

  #frame(frame: ServerFrame): void {
    switch (frame.type) {
      case "accepted":
        this.#accepted(frame);
        break;
      case "chat":
        this.#noticed(frame);
        break;
      case "pong":
        break;
      case "error":
        if (frame.message === null) this.#refused(frame);
        else this.#grow(frame);
        break;
      default:
        this.#grow(frame);
    }
  }

  #accepted(frame: Accepted): void {
    for (const { message, model } of frame.replies) {
      this.#hearing.begins(message, frame.chat);
      this.models.used(model);
    }
    const { conversation } = this.#requests.accepted(frame);
    this.list.touch(frame.chat, frame.title ?? conversation?.title ?? "", true, conversation?.folder?.id);
    this.changed();
  }

  #noticed({ chat, title, running, changed }: ChatNotice): void {
    const shown = chat === this.conversation.id;
    if (title && this.list.titled(chat, title) && shown) this.conversation.rename(title);
    if (running) this.list.touch(chat, title, true);
    if (running === false) this.list.ended(chat);
    if (changed && shown) void this.refresh();
    this.changed();
  }

  #refused(frame: Refused): void {
    const lost = resumedBy(frame.id);
    if (lost !== null) return this.#lost(lost);
    const { conversation, back } = this.#requests.refused(String(frame.id));
    this.problem = frame.detail || t("This could not be sent.");
    if (frame.code === "over_budget") this.limits.counted(true);
    if (back && conversation) this.#giveBack(conversation, back);
    // The page had another picture of the chat than the server has.
    else if (conversation === this.conversation || frame.code === "not_found") void this.refresh();
    this.changed();
  }

  /** The answer was deleted under the page. */
  #lost(message: number): void {
    this.#hearing.ended(message, null);
    this.conversation.forget(message);
    void this.refresh();
  }

  #giveBack(conversation: Conversation, back: GivenBack): void {
    if (conversation === this.conversation) this.#returned = back;
    else this.#requests.keepAsDraft(conversation.id, back.text);
    this.changed();
  }

  #grow(frame: MessageFrame): void {
    this.#hearing.came(frame.message, frame.seq);
    const { gap } = this.conversation.apply(frame);
    const message = gap ? this.conversation.tree.get(frame.message) : undefined;
    if (message) this.#hearing.resume(message, this.conversation.id);
    if (frame.type !== "done" && frame.type !== "error") return;
    this.limits.counted(frame.type === "error" && frame.code === "over_budget");
    const chat = this.#hearing.ended(frame.message, this.conversation.id);
    if (chat) this.list.ended(chat);
  }

  #resumeAll(): void {
    for (const message of this.conversation.running) this.#hearing.resume(message, this.conversation.id);
  }

  dismissProblem(): void {
    this.problem = "";
    this.changed();
  }

  /** What the server refuses is said above the composer. */
  async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem = error.message;
      this.changed();
    }
  }
}
