// What stands beside the thread: the passages of an answer, or all that its model was given. One at a time.
import type { Message } from "./message.ts";
import { Observable } from "./observable.ts";
import type { Citation } from "./wire.ts";

export class Aside extends Observable {
  sources: { message: Message; n: number | null } | null = null;
  /** `part` is the kind of part that is opened. */
  ledger: { message: Message; part: string | null } | null = null;

  get open(): boolean {
    return Boolean(this.sources ?? this.ledger);
  }

  showSources(message: Message, n: number | null): void {
    this.sources = { message, n };
    this.ledger = null;
    this.changed();
  }

  showLedger(message: Message, part: string | null = null): void {
    this.ledger = { message, part };
    this.sources = null;
    this.changed();
  }

  hide(): void {
    this.sources = null;
    this.ledger = null;
    this.changed();
  }

  citation(message: Message, n: number): Citation | undefined {
    return message.sources.find((source) => source.n === n);
  }
}
