// Two answers to one question next to each other, say with the libraries and without. Held by this page alone.
import type { ChatPage } from "./chat-page.ts";
import type { Message } from "./message.ts";
import type { MessageTree } from "./message-tree.ts";
import { Observable } from "./observable.ts";

export class Beside extends Observable {
  /** By question: the answer that stays in sight when another is shown. */
  #kept = new Map<number, Message>();

  /** The answer that stands beside this one. */
  other(tree: MessageTree, message: Message): Message | undefined {
    if (message.parent === null || message.role !== "assistant") return undefined;
    const kept = this.#kept.get(message.parent);
    if (!kept) return undefined;
    // What has been loaded anew is another object, which goes on growing.
    if (kept.id !== message.id) return tree.get(kept.id) ?? kept;
    return undefined;
  }

  /** Whether answers to its question stand side by side. */
  isOn(message: Message): boolean {
    return message.parent !== null && this.#kept.has(message.parent);
  }

  /** The same question to the same model with these libraries; both answers then stand side by side. */
  ask(page: ChatPage, message: Message, libraries: string[]): void {
    this.keep(message);
    page.regenerate(message, { libraries, ...(message.model ? { models: [message.model.id] } : {}) });
  }

  /** This answer beside its neighbour among the versions. */
  async compare(page: ChatPage, message: Message): Promise<void> {
    const siblings = page.conversation.tree.siblings(message);
    const at = siblings.indexOf(message.id);
    const neighbour = siblings[at - 1] ?? siblings[at + 1];
    if (neighbour === undefined) return;
    this.keep(message);
    await page.switchTo(neighbour);
  }

  keep(message: Message): void {
    if (message.parent !== null) this.#kept.set(message.parent, message);
    this.changed();
  }

  end(message: Message): void {
    if (message.parent !== null) this.#kept.delete(message.parent);
    this.changed();
  }
}

/** Whether a passage of a library was read for it. */
export function usedLibraries(message: Message): boolean {
  return message.sources.some((source) => source.chunk != null);
}
