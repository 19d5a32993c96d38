// What was asked on this page and has no answer from the server yet. No text is lost: what is refused is given back.
import type { Conversation } from "./conversation.ts";
import type { Drafts } from "./drafts.ts";
import { newId } from "./ids.ts";
import type { Message } from "./message.ts";
import type { Again } from "./origin.ts";
import { Outbox } from "./outbox.ts";
import type { Accepted, Asking, ClientFrame, Regenerate } from "./wire.ts";

interface Waiting {
  conversation: Conversation;
  /** The answer that was asked to go on. */
  message?: Message;
  /** Another answer was asked for beside this one, when `newest` was the last there. */
  beside?: { message: Message; newest: number };
}

export interface GivenBack {
  text: string;
  edits: number | null;
  attachments: string[];
}

export class Requests {
  #send: (frame: ClientFrame) => void;
  #drafts: Drafts;
  #outbox: Outbox;
  #waiting = new Map<string, Waiting>();

  constructor(owner: string, drafts: Drafts, send: (frame: ClientFrame) => void) {
    this.#send = send;
    this.#drafts = drafts;
    this.#outbox = new Outbox(owner, drafts);
  }

  /** The conversation of this id, when a request for it is on its way. */
  conversation(id: string): Conversation | undefined {
    return [...this.#waiting.values()].find(({ conversation }) => conversation.id === id)?.conversation;
  }

  ask(conversation: Conversation, text: string, edits: Message | null, asking: Asking, attachments: string[] | null = null): void {
    const place = { edits: edits?.id ?? null, parent: edits?.parent ?? null };
    const question = { id: newId(), text, ...place, asking, attachments };
    conversation.ask(question);
    this.#outbox.add({ ...question, chat: conversation.id });
    this.sendNext(conversation);
  }

  /** Sends the next question of this conversation, unless the one before it has no place yet. */
  sendNext(conversation: Conversation): void {
    const question = conversation.next();
    if (!question) return;
    const { id, text, edits, parent, attachments } = question;
    const asking = question.asking ?? conversation.asked ?? { models: [], libraries: [], web_search: false };
    this.#waiting.set(id, { conversation });
    const folder = conversation.id ? undefined : conversation.folder?.id;
    const place = { chat: conversation.id, parent, ...(edits ? { edits } : {}), ...(folder ? { folder } : {}) };
    this.#send({ type: "send", id, client_id: id, ...place, text, ...(attachments ? { attachments } : {}), ...asking });
  }

  answerAgain(conversation: Conversation, message: Message, asking: Again): void {
    const id = newId();
    const newest = Math.max(message.id, ...conversation.tree.siblings(message));
    this.#waiting.set(id, { conversation, beside: { message, newest } });
    this.#send({ type: "regenerate", id, message: message.id, ...asking });
  }

  /** Its answer was lost with the line. The server may have taken it: it is sent again when nothing shows that. */
  async askedInDoubt(frame: Regenerate): Promise<void> {
    const waiting = this.#waiting.get(frame.id);
    if (!waiting?.beside || !(await waiting.conversation.load())) return;
    const { message, newest } = waiting.beside;
    if (this.#waiting.get(frame.id) !== waiting) return;
    if (Math.max(...waiting.conversation.tree.siblings(message)) > newest) this.#waiting.delete(frame.id);
    else this.#send(frame);
  }

  goOn(conversation: Conversation, message: Message): void {
    const id = newId();
    message.goOn(true);
    this.#waiting.set(id, { conversation, message });
    this.#send({ type: "continue", id, message: message.id });
  }

  accepted(frame: Accepted): { conversation: Conversation | undefined; replies: Message[] } {
    const conversation = this.#waiting.get(frame.id)?.conversation;
    this.#waiting.delete(frame.id);
    this.#outbox.drop(frame.id);
    const replies = conversation?.accept(frame) ?? [];
    if (conversation) this.sendNext(conversation);
    return { conversation, replies };
  }

  /** What the refused request was about, and the words that were to be sent with it. */
  refused(id: string): { conversation: Conversation | undefined; back: GivenBack | null } {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    const conversation = waiting?.conversation;
    waiting?.message?.goOn(false);
    if (!conversation?.pending.some((question) => question.id === id)) return { conversation, back: null };
    const questions = conversation.refuse();
    for (const question of questions) this.#outbox.drop(question.id);
    const edits = questions.length === 1 ? (questions[0]?.edits ?? null) : null;
    const attachments = questions.flatMap((question) => question.attachments ?? []);
    return { conversation, back: { text: questions.map(({ text }) => text).join("\n\n"), edits, attachments } };
  }

  /** Questions that were on their way when this tab was reloaded: the server knows those that had arrived. */
  takeUp(shown: Conversation, open: (chat: string | null) => Conversation): void {
    const conversations = new Map<string | null, Conversation>([[shown.id, shown]]);
    for (const { chat, ...question } of this.#outbox.takeUp()) {
      const conversation = conversations.get(chat) ?? open(chat);
      conversations.set(chat, conversation);
      conversation.ask(question);
    }
    for (const conversation of conversations.values()) void this.#sendFirst(conversation, shown);
  }

  /** What was written offline in a chat that is not shown is asked as that chat was asked last. */
  async #sendFirst(conversation: Conversation, shown: Conversation): Promise<void> {
    const unknown = conversation !== shown && conversation.pending.some(({ asking }) => !asking);
    if (unknown) await conversation.load();
    this.sendNext(conversation);
  }

  /** The page goes away, nobody knows whether for good. */
  putAway(): void {
    this.#outbox.putAway();
  }

  keepAsDraft(chat: string | null, text: string): void {
    this.#drafts.keep(chat, [text, this.#drafts.read(chat)].filter(Boolean).join("\n\n"));
  }
}
