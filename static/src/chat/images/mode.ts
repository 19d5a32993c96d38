// Whether the next question asks for a picture, and how it is to be. In the first page, so small; the rest comes later.
import { Observable } from "../observable.ts";

/** What is asked of a maker of pictures; what is not said is as usual there. */
export interface ImageWish {
  server?: string;
  size?: string;
  count?: number;
  negative?: string;
  seed?: number;
  strength?: number;
  /** A picture that is to be changed, and where it may be. */
  edits?: string;
  mask?: string;
}

/** How a picture came to be that was made here. */
export interface Made {
  prompt: string;
  server: string;
  seed?: number;
  revised?: string;
}

export class ImageMode extends Observable {
  on = false;
  wish: ImageWish = {};

  turn(on: boolean): void {
    this.on = on;
    this.changed();
  }

  choose(wish: ImageWish): void {
    this.wish = wish;
    this.changed();
  }

  /** What goes with the question that is sent now; it is to change the first picture that is attached. */
  take(attached: readonly string[] | null): ImageWish {
    const [edits] = attached ?? [];
    return { ...this.wish, ...(edits ? { edits } : {}) };
  }
}
