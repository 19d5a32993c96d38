// Follows growing text only while the reader is at the end; any move up lets go, coming back takes hold again.

const NEAR = 40; // px
const UP = new Set(["ArrowUp", "PageUp", "Home"]);

export class ScrollKeeper {
  #scroller: HTMLElement;
  #follows = true;
  #observer: ResizeObserver;
  #changed: () => void;
  #last = 0;

  constructor(scroller: HTMLElement, content: HTMLElement, changed: () => void) {
    this.#scroller = scroller;
    this.#changed = changed;
    this.#observer = new ResizeObserver(() => {
      if (this.#follows) this.#jump("auto");
      else changed();
    });
    this.#observer.observe(content);
    this.#observer.observe(scroller);
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    scroller.addEventListener("wheel", (event) => event.deltaY < 0 && this.#release(), { passive: true });
    scroller.addEventListener("keydown", (event) => UP.has(event.key) && this.#release());
  }

  get follows(): boolean {
    return this.#follows;
  }

  toEnd(smooth = false): void {
    this.#follows = true;
    this.#jump(smooth ? "smooth" : "auto");
    this.#changed();
  }

  /** What is read stays where it is although something is put above it. */
  async holdWhile(grow: () => Promise<void>): Promise<void> {
    const below = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    await grow();
    this.#scroller.scrollTop = this.#scroller.scrollHeight - below;
  }

  stop(): void {
    this.#observer.disconnect();
  }

  #release(): void {
    if (this.#scroller.scrollHeight <= this.#scroller.clientHeight) return;
    this.#follows = false;
    this.#changed();
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const movedUp = scrollTop < this.#last;
    this.#last = scrollTop;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    if (atEnd === this.#follows || (movedUp && atEnd)) return;
    // Text that grows also leaves the end behind; only a move up is the reader's.
    if (!atEnd && !movedUp) return;
    this.#follows = atEnd;
    this.#changed();
  }

  #jump(behavior: ScrollBehavior): void {
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight, behavior });
  }
}
