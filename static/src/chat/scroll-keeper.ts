// Follows growing text only while the reader is at the end; any move up lets go, coming back takes hold again.

const NEAR = 40; // px
const UP = new Set(["ArrowUp", "PageUp", "Home"]);
const RECENT = 1000; // ms within which a move is the reader's, whose wheel, finger or key was seen

export class ScrollKeeper {
  #scroller: HTMLElement;
  #follows = true;
  #observer: ResizeObserver;
  #changed: () => void;
  #last = 0;
  #held = false;
  #touched = -RECENT;
  /** What was gone to stays at the top while the messages above it are still being drawn. */
  #anchor: HTMLElement | null = null;

  constructor(scroller: HTMLElement, content: HTMLElement, changed: () => void) {
    this.#scroller = scroller;
    this.#changed = changed;
    this.#observer = new ResizeObserver(() => {
      if (this.#follows) this.#jump("auto");
      else changed();
      if (!this.#follows) this.#anchor?.scrollIntoView({ block: "start" });
    });
    this.#observer.observe(content);
    this.#observer.observe(scroller);
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    scroller.addEventListener("wheel", (event) => event.deltaY < 0 && this.#release(), { passive: true });
    scroller.addEventListener("keydown", (event) => UP.has(event.key) && this.#release());
    for (const kind of ["wheel", "touchmove", "keydown"]) scroller.addEventListener(kind, this.#moved, { passive: true });
    scroller.addEventListener("pointerdown", () => {
      this.#held = true;
      this.#anchor = null;
    });
    addEventListener("pointerup", this.#letGo);
  }

  get follows(): boolean {
    return this.#follows;
  }

  toEnd(smooth = false): void {
    this.#follows = true;
    this.#anchor = null;
    this.#jump(smooth ? "smooth" : "auto");
    this.#changed();
  }

  /** To this one, away from the end if need be. */
  toElement(element: HTMLElement): void {
    this.#follows = false;
    this.#anchor = element;
    element.scrollIntoView({ block: "start" });
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
    removeEventListener("pointerup", this.#letGo);
  }

  #moved = (): void => {
    this.#touched = performance.now();
    this.#anchor = null;
  };

  #letGo = (): void => {
    if (this.#held) this.#moved();
    this.#held = false;
  };

  get #byReader(): boolean {
    return this.#held || performance.now() - this.#touched < RECENT;
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
    // Where the anchor stands may be the end for a moment, while what follows it is not drawn yet.
    if (atEnd === this.#follows || (movedUp && atEnd) || (atEnd && this.#anchor)) return;
    // Text that grows leaves the end behind, and text that shrinks while it is drawn moves it up: neither is the reader.
    if (!atEnd && !movedUp) return;
    if (!atEnd && !this.#byReader) return this.#jump("auto");
    this.#follows = atEnd;
    this.#changed();
  }

  #jump(behavior: ScrollBehavior): void {
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight, behavior });
  }
}
