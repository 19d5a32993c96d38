// Tells somebody who speaks from the noise of a room, by loudness alone. Pure.

const QUIETEST = 0.012; // below this nobody speaks, in the quietest room
const ABOVE = 2.8; // times as loud as the room
const SURE = 150; // ms that it has to last: a door is shorter
const LEARNS = 0.04; // how fast the room is learnt

export type Turn = "begun" | "over" | null;

/** Fed with levels from 0 to 1 every some milliseconds. `strict` wants more, for while something is read aloud. */
export class Gate {
  readonly silence: number;
  strict = false;
  open = false;
  #room = 0.005;
  #loudSince = 0;
  #quietSince = 0;

  constructor(silence: number) {
    this.silence = silence;
  }

  /** Loud enough to be somebody, as things are. */
  get threshold(): number {
    return Math.max(QUIETEST, this.#room * ABOVE) * (this.strict ? 2.5 : 1);
  }

  feed(level: number, now: number): Turn {
    const loud = level > (this.open ? this.threshold * 0.6 : this.threshold);
    if (!loud && !this.open) this.#room += (level - this.#room) * LEARNS;
    this.#loudSince = loud ? this.#loudSince || now : 0;
    this.#quietSince = loud ? 0 : this.#quietSince || now;
    if (!this.open && loud && now - this.#loudSince >= SURE) {
      this.open = true;
      return "begun";
    }
    if (this.open && !loud && now - this.#quietSince >= this.silence) {
      this.open = false;
      return "over";
    }
    return null;
  }
}
