// This server's ears: each piece that somebody said goes to it, and its words come back. Room noise goes nowhere.
import type { Heard } from "./browser-ears.ts";
import { sentenceOf, wordsOf } from "./house.ts";
import { Microphone } from "./microphone.ts";

const PAUSE = 900; // ms between two pieces

export class ServerEars {
  #heard: Heard;
  #silence: number;
  #microphone: Microphone;
  #text = "";
  #asked = 0;
  #timer = 0;
  #stopped = false;
  #line: Promise<void> = Promise.resolve();

  constructor(heard: Heard, silence: number, level: (level: number, speaks: boolean) => void = () => undefined) {
    this.#heard = heard;
    this.#silence = silence;
    this.#microphone = new Microphone({ level, begun: () => clearTimeout(this.#timer), piece: (sound) => this.#piece(sound) }, PAUSE);
  }

  start(): void {
    void this.#microphone.open().catch((error: unknown) => this.#end(sentenceOf(error)));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#microphone.close();
  }

  #piece(sound: Blob): void {
    this.#asked += 1;
    const words = wordsOf(sound);
    words.catch(() => undefined);
    // In the order in which they were said.
    this.#line = this.#line.then(async () => {
      try {
        this.#take(await words);
      } catch (error) {
        if (!this.#stopped) this.#end(sentenceOf(error));
      }
      this.#asked -= 1;
      this.#wait();
    });
  }

  #take(words: string): void {
    if (this.#stopped || !words) return;
    const apart = this.#text && !/[\u3000-\u9fff\uff00-\uffef]$/.test(this.#text) ? " " : "";
    this.#text += apart + words;
    this.#heard.words(this.#text);
  }

  /** Until nobody has said more for a while. */
  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#asked || !this.#text) return;
    this.#timer = window.setTimeout(() => {
      if (this.#microphone.gate.open || this.#asked) return;
      this.stop();
      this.#heard.over();
    }, Math.max(this.#silence - PAUSE, 0));
  }

  #end(sentence: string): void {
    this.stop();
    this.#heard.ended(sentence);
  }
}
