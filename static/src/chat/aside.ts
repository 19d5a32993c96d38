// What stands beside the thread: the passages of an answer, the document of one of them, or all that its model was given.
import { Beside } from "./beside.ts";
import type { Message } from "./message.ts";
import { Observable } from "./observable.ts";
import type { Citation } from "./wire.ts";

export class Aside extends Observable {
  /** Answers that stand next to another in the thread. */
  readonly beside = new Beside();
  sources: { message: Message; n: number | null } | null = null;
  reader: { message: Message; n: number } | null = null;
  /** `part` is the kind of part that is opened. */
  ledger: { message: Message; part: string | null } | null = null;
  /** The version that is compared with another. */
  differences: { message: Message } | null = null;
  /** Where the keyboard goes back to. */
  #origin: HTMLElement | null = null;

  get open(): boolean {
    return Boolean(this.sources ?? this.reader ?? this.ledger ?? this.differences);
  }

  /** `from` is what was pressed; not every browser gives that the focus. */
  showSources(message: Message, n: number | null, from: HTMLElement | null = null): void {
    this.#only(from);
    this.sources = { message, n };
    this.changed();
  }

  showReader(message: Message, n: number, from: HTMLElement | null = null): void {
    this.#only(from);
    this.reader = { message, n };
    this.changed();
  }

  showLedger(message: Message, part: string | null = null): void {
    this.#only();
    this.ledger = { message, part };
    this.changed();
  }

  showDifferences(message: Message, from: HTMLElement | null = null): void {
    this.#only(from);
    this.differences = { message };
    this.changed();
  }

  hide(): void {
    if (!this.open) return;
    const origin = this.#origin;
    this.sources = this.reader = this.ledger = this.differences = null;
    this.#origin = null;
    this.changed();
    if (origin?.isConnected) origin.focus();
  }

  /** One follows another in the column, and leads back to where the first was opened. */
  #only(from: HTMLElement | null = null): void {
    this.sources = this.reader = this.ledger = this.differences = null;
    const focused = document.activeElement as HTMLElement | null;
    this.#origin = from ?? (focused?.closest("dialog.sources") ? this.#origin : focused);
  }

  citation(message: Message, n: number): Citation | undefined {
    return message.sources.find((source) => source.n === n);
  }
}
