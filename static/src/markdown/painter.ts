// When drawing happens: in animation frames, in slices, and so seldom that it takes a tenth of the main thread at most.

const SHARE = 10;
const OFTENEST = 33; // ms between two drawings of a growing text
const SELDOMEST = 400;
const SLICE = 12; // ms of one frame

/** Draws until `performance.now()` reaches the deadline; false when something is left. */
export type Drawing = (deadline: number) => boolean;

/** A hidden tab has no frames: what changes there waits, and is drawn once when it is looked at. */
export class Painter {
  #wanted = new Set<Drawing>();
  #planned = false;
  #next = 0;
  #frameDone: MessagePort | null = null;
  #began = 0;

  /** Draws soon, however often it is asked. What was asked for last comes first: a reader begins at the end. */
  request(drawing: Drawing): void {
    this.#wanted.add(drawing);
    this.#plan();
  }

  drop(drawing: Drawing): void {
    this.#wanted.delete(drawing);
  }

  #plan(): void {
    if (this.#planned || !this.#wanted.size) return;
    this.#planned = true;
    const wait = this.#next - performance.now();
    if (wait > 0) setTimeout(() => requestAnimationFrame(this.#paint), wait);
    else requestAnimationFrame(this.#paint);
  }

  #paint = (): void => {
    this.#began = performance.now();
    const deadline = this.#began + SLICE;
    for (const drawing of [...this.#wanted].reverse()) {
      if (drawing(deadline)) this.#wanted.delete(drawing);
      if (performance.now() >= deadline) break;
    }
    // Heard after this frame is laid out and painted, which costs more than the script.
    this.#frameDone ??= this.#listening();
    this.#frameDone.postMessage(null);
  };

  #listening(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => this.#measured();
    return port2;
  }

  #measured(): void {
    const cost = performance.now() - this.#began;
    // What is left over of a long text is no new text: it goes on in the next frame.
    const pause = this.#wanted.size ? 0 : Math.min(SELDOMEST, Math.max(OFTENEST, cost * SHARE));
    this.#next = this.#began + pause;
    this.#planned = false;
    this.#plan();
  }
}

export const painter = new Painter();
