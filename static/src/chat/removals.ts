// Messages that somebody deleted and can have back for some seconds. The server is told when these are over.
import { remove } from "./api.ts";
import type { ChatPage } from "./chat-page.ts";
import type { Conversation } from "./conversation.ts";
import type { Message } from "./message.ts";
import { Observable } from "./observable.ts";

const WAY_BACK = 6000; // ms

export interface Removal {
  conversation: Conversation;
  message: Message;
  timer: number;
}

export class Removals extends Observable {
  pending: readonly Removal[] = [];
  #page: ChatPage;

  constructor(page: ChatPage) {
    super();
    this.#page = page;
  }

  begin(conversation: Conversation, message: Message): void {
    const removal: Removal = { conversation, message, timer: 0 };
    removal.timer = window.setTimeout(() => void this.#settle([removal]), WAY_BACK);
    conversation.hide(message.id, true);
    this.pending = [...this.pending, removal];
    this.changed();
  }

  undo(removal: Removal): void {
    this.#take([removal]);
    removal.conversation.hide(removal.message.id, false);
  }

  /** What is said next must not stand below what is deleted, so that goes first. */
  before(conversation: Conversation, say: () => void): void {
    const here = this.pending.filter((removal) => removal.conversation === conversation);
    if (here.length) void this.#settle(here).then(say);
    else say();
  }

  /** The page goes away: nobody can undo any more. */
  flush(): void {
    for (const removal of this.pending) void remove(address(removal), true);
    this.#take(this.pending);
  }

  async #settle(removals: readonly Removal[]): Promise<void> {
    this.#take(removals);
    for (const removal of removals) {
      const { conversation, message } = removal;
      try {
        await remove(address(removal));
        conversation.forget(message.id);
      } catch (error) {
        this.#page.problem = (error as Error).message;
      }
      conversation.hide(message.id, false);
      if (conversation === this.#page.conversation) await this.#page.refresh();
    }
  }

  #take(removals: readonly Removal[]): void {
    for (const { timer } of removals) clearTimeout(timer);
    this.pending = this.pending.filter((removal) => !removals.includes(removal));
    this.changed();
  }
}

function address({ conversation, message }: Removal): string {
  return `/api/chats/${conversation.id}/messages/${message.id}`;
}
