// The tree of a conversation: who stands under whom, and which branch is shown. Ids rise with time.
import type { Message } from "./message.ts";

export class MessageTree {
  #messages = new Map<number, Message>();
  #children = new Map<number | null, number[]>();
  #leaf: number | null = null;

  get leaf(): number | null {
    return this.#leaf;
  }

  get(id: number): Message | undefined {
    return this.#messages.get(id);
  }

  /** `siblings` may name messages that are not loaded: they count for the arrows all the same. */
  add(message: Message, siblings: number[] = [message.id]): void {
    this.#messages.set(message.id, message);
    const known = this.#children.get(message.parent) ?? [];
    this.#children.set(message.parent, [...new Set([...known, ...siblings, message.id])].sort((a, b) => a - b));
  }

  /** Takes it out; what stands under it is not reached any more. */
  remove(id: number): void {
    const message = this.#messages.get(id);
    if (!message) return;
    this.#messages.delete(id);
    this.#children.set(message.parent, (this.#children.get(message.parent) ?? []).filter((child) => child !== id));
    if (this.#leaf === id) this.#leaf = message.parent;
  }

  all(): Message[] {
    return [...this.#messages.values()];
  }

  /** Adds from another tree what stands at `id` and above it; false when it has nothing there. */
  addAbove(other: MessageTree, id: number | null): boolean {
    let at = id === null ? undefined : other.get(id);
    const found = at !== undefined;
    while (at && !this.#messages.has(at.id)) {
      this.add(at, other.siblings(at));
      at = at.parent === null ? undefined : other.get(at.parent);
    }
    return found;
  }

  /** Shows the branch that ends at this message. */
  show(leaf: number | null): void {
    this.#leaf = leaf;
  }

  /** The shown branch, oldest first, as far up as it is loaded. */
  branch(): Message[] {
    const path: Message[] = [];
    let at = this.#leaf === null ? undefined : this.#messages.get(this.#leaf);
    while (at) {
      path.push(at);
      at = at.parent === null ? undefined : this.#messages.get(at.parent);
    }
    return path.reverse();
  }

  above(message: Message): Message | undefined {
    return message.parent === null ? undefined : this.#messages.get(message.parent);
  }

  /** The answer that the question of this answer stands under. */
  answerAbove(message: Message): Message | undefined {
    const question = this.above(message);
    return question && this.above(question);
  }

  siblings(message: Message): number[] {
    return this.#children.get(message.parent) ?? [message.id];
  }

  /** Whether something stands under it; only what was loaded is known. */
  isLeaf(id: number): boolean {
    return !this.#children.get(id)?.length;
  }

  running(): Message[] {
    return [...this.#messages.values()].filter((message) => message.running);
  }
}
