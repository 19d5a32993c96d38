// A chat that is opened comes from its end, a few messages in each frame: one frame for all would hold up the page.
import type { Message } from "./message.ts";

const AT_ONCE = 4; // messages

export class Slices {
  #of: object | null = null;
  #above = 0;
  #planned = false;
  #more: () => void;
  #frame: (act: () => void) => void;

  /** `more` is called when the next slice may be drawn. */
  constructor(more: () => void, frame: (act: () => void) => void = (act) => void requestAnimationFrame(act)) {
    this.#more = more;
    this.#frame = frame;
  }

  /** Whether some are still to come. */
  get unfinished(): boolean {
    return this.#above > 0;
  }

  /** The messages to draw now; all of them where one among them is looked for. */
  of(chat: object, shown: Message[], whole: boolean): Message[] {
    if (this.#of !== chat && shown.length) {
      this.#of = chat;
      this.#above = Math.max(0, shown.length - AT_ONCE);
    }
    if (whole) this.#above = 0;
    if (this.unfinished) this.#plan();
    return shown.slice(this.#above);
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    this.#frame(() => {
      this.#planned = false;
      this.#above = Math.max(0, this.#above - AT_ONCE);
      this.#more();
    });
  }
}
