// Reads one answer aloud, sentence by sentence, also while it is still being written.
import { t } from "../i18n.ts";
import type { Message } from "../chat/message.ts";
import { Observable } from "../chat/observable.ts";
import { house, sentenceOf } from "./house.ts";
import { BrowserMouth, type Mouth, ServerMouth } from "./mouths.ts";
import { sentencesOf } from "./sentences.ts";

const LOOK = 250; // ms between two looks at an answer that grows

export class Reading extends Observable {
  message: Message | null = null;
  sentence = "";
  paused = false;
  problem = "";
  /** Nothing is left to read, and nothing was stopped. */
  onEnd: (() => void) | null = null;
  #mouth: Mouth | null = null;
  #mouthOf: Promise<Mouth> | null = null;
  #at = 0;
  #turn = 0;

  get on(): boolean {
    return this.message !== null;
  }

  /** This answer, and no other one any more. */
  async read(message: Message): Promise<void> {
    this.stop();
    const turn = ++this.#turn;
    this.message = message;
    this.problem = "";
    this.#at = 0;
    this.changed();
    try {
      this.#mouth = await (this.#mouthOf ??= mouth());
      await this.#go(turn, message, this.#mouth);
    } catch (error) {
      this.#mouthOf = null;
      if (turn === this.#turn) this.problem = sentenceOf(error);
    }
    if (turn !== this.#turn) return;
    this.sentence = "";
    if (this.problem) return this.changed();
    this.message = null;
    this.changed();
    this.onEnd?.();
  }

  pause(on: boolean): void {
    this.paused = on;
    this.#mouth?.pause(on);
    this.changed();
  }

  /** On with the sentence after this one. */
  next(): void {
    this.paused = false;
    this.#mouth?.stop();
    this.changed();
  }

  stop(): void {
    this.#turn += 1;
    this.#mouth?.stop();
    this.message = null;
    this.sentence = this.problem = "";
    this.paused = false;
    this.changed();
  }

  async #go(turn: number, message: Message, said: Mouth): Promise<void> {
    while (turn === this.#turn) {
      const ready = sentencesOf(message.text, !message.running);
      const sentence = ready[this.#at];
      if (sentence === undefined) {
        if (!message.running) return;
        await new Promise((again) => setTimeout(again, LOOK));
        continue;
      }
      this.#at += 1;
      said.prepare(sentence);
      const following = ready[this.#at];
      if (following) said.prepare(following);
      this.sentence = sentence;
      this.changed();
      await said.say(sentence);
    }
  }
}

async function mouth(): Promise<Mouth> {
  const { speaks, speed } = await house();
  if (speaks) return new ServerMouth(speed);
  if (typeof speechSynthesis === "undefined") throw new Error(t("Neither this server nor this browser can read aloud."));
  return new BrowserMouth(speed);
}
