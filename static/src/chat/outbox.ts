// Questions that were sent and not yet stored, kept for a reload of this tab; a tab that is closed leaves them as drafts.
// What was written on the offline page goes out with them.
import type { PendingQuestion } from "./conversation.ts";
import type { Drafts } from "./drafts.ts";
import { strike, written } from "./offline-box.ts";

const KEY = "outbox";

export interface Unsent extends PendingQuestion {
  chat: string | null;
}

export class Outbox {
  #drafts: Drafts;
  #owner: string;
  #key: string;
  #waiting = new Map<string, Unsent>();

  constructor(owner: string, drafts: Drafts) {
    this.#drafts = drafts;
    this.#owner = owner;
    this.#key = `${KEY}:${owner}`;
  }

  add(question: Unsent): void {
    this.#waiting.set(question.id, question);
    this.#store();
  }

  drop(id: string): void {
    strike(this.#owner, id);
    if (this.#waiting.delete(id)) this.#store();
  }

  /** The page goes away, nobody knows whether for good. */
  putAway(): void {
    for (const { chat, text } of [...this.#waiting.values()].reverse()) {
      const draft = this.#drafts.read(chat);
      this.#drafts.keep(chat, draft ? `${text}\n\n${draft}` : text);
    }
  }

  /** What this tab had not sent when it was left; it is no draft any more. */
  takeUp(): Unsent[] {
    let stored: Unsent[] = [];
    try {
      stored = JSON.parse(sessionStorage.getItem(this.#key) ?? "[]") as Unsent[];
    } catch {
      // Nothing was kept; the drafts have it.
    }
    for (const question of stored) {
      const draft = this.#drafts.read(question.chat);
      if (draft.startsWith(question.text)) this.#drafts.keep(question.chat, draft.slice(question.text.length).trimStart());
      this.#waiting.set(question.id, question);
    }
    // Another tab may take them up as well: the server knows each by its id and answers it once.
    const offline = written(this.#owner).filter(({ id }) => !this.#waiting.has(id));
    return [...stored, ...offline.map((question) => ({ ...question, edits: null, parent: null, asking: null, attachments: null }))];
  }

  #store(): void {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify([...this.#waiting.values()]));
    } catch {
      // A full or forbidden storage costs a reload its question, not the page.
    }
  }
}
