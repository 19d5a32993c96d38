// What becomes of the versions of a message: one of several answers is kept, words are written anew, several become one.
import { postJson, putJson, remove } from "./api.ts";
import type { ChatPage } from "./chat-page.ts";
import type { Message } from "./message.ts";
import { type Again, together } from "./origin.ts";
import type { ChatData } from "./wire.ts";

export class Versions {
  #page: ChatPage;

  constructor(page: ChatPage) {
    this.#page = page;
  }

  /** The chat goes on with this one; the others stay beside it. */
  keep(message: Message): Promise<void> {
    if (message.model) this.#page.choices.choose(message.model.id);
    return this.#change(() => putJson<ChatData>(this.#address(message, "kept")));
  }

  /** All of them are shown again. */
  keepNone(message: Message): Promise<void> {
    return this.#change(() => remove<ChatData>(this.#address(message, "kept")));
  }

  /** In other words, beside the first ones; nothing is asked. Whether it was taken. */
  async write(message: Message, text: string): Promise<boolean> {
    this.#page.problem = "";
    await this.#change(() => postJson<ChatData>(this.#address(message, "versions"), { text }));
    return !this.#page.problem;
  }

  stop(message: Message): void {
    this.#page.socket.send({ type: "stop", message: message.id });
  }

  /** Ends the answer that this one waits for. */
  sendNow(message: Message): void {
    const above = this.#page.conversation.tree.answerAbove(message);
    if (above?.running) this.stop(above);
  }

  /** One answer out of all that have words. */
  merge(message: Message, again: Again = {}): void {
    const { tree } = this.#page.conversation;
    const merge = together(tree, message).filter(({ text }) => text.trim()).map(({ id }) => id);
    this.#page.regenerate(message, { ...again, libraries: [], web_search: false, merge });
  }

  #change(request: () => Promise<ChatData>): Promise<void> {
    return this.#page.attempt(() => this.#page.conversation.change(request));
  }

  #address(message: Message, what: string): string {
    return `/api/chats/${this.#page.conversation.id}/messages/${message.id}/${what}`;
  }
}
