// The places where words were found, one after the other, and the one that is looked at.

export interface Place {
  message: number;
  /** Which one in the message, from 0. */
  nth: number;
}

export class Places {
  #all: Place[];
  #at = -1;

  /** Of each message how often, in order. */
  constructor(hits: readonly (readonly [number, number])[]) {
    this.#all = hits.flatMap(([message, count]) => Array.from({ length: count }, (_one, nth) => ({ message, nth })));
  }

  get total(): number {
    return this.#all.length;
  }

  /** From 1; 0 when there is none. */
  get number(): number {
    return this.#at + 1;
  }

  get now(): Place | undefined {
    return this.#all[this.#at];
  }

  /** The first that stands in this message or below, or else the first of all. */
  startFrom(message: number): void {
    this.#at = Math.max(0, this.#all.findIndex((place) => place.message >= message));
    if (!this.total) this.#at = -1;
  }

  /** Around the end to the beginning. */
  step(by: number): Place | undefined {
    if (this.total) this.#at = (this.#at + by + this.total) % this.total;
    return this.now;
  }
}
