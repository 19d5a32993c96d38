// Who says a sentence: this server where it can, else the browser. Each says one at a time.
import { soundOf } from "./house.ts";

export interface Mouth {
  /** Gets ready for what comes next. */
  prepare(sentence: string): void;
  /** Resolves when it is said, or was stopped. Raises an Error with a sentence. */
  say(sentence: string): Promise<void>;
  pause(on: boolean): void;
  stop(): void;
}

const CJK = /[\u3400-\u9fff]/;

export class ServerMouth implements Mouth {
  #speed: number;
  #context = new AudioContext();
  #ready = new Map<string, Promise<AudioBuffer>>();
  #source: AudioBufferSourceNode | null = null;
  #asking = new AbortController();

  constructor(speed: number) {
    this.#speed = speed;
  }

  prepare(sentence: string): void {
    if (this.#ready.has(sentence)) return;
    const sound = soundOf(sentence, this.#speed, this.#asking.signal).then((bytes) => this.#context.decodeAudioData(bytes));
    sound.catch(() => undefined);
    this.#ready.set(sentence, sound);
  }

  async say(sentence: string): Promise<void> {
    this.prepare(sentence);
    const { signal } = this.#asking;
    try {
      const sound = await this.#ready.get(sentence);
      if (!sound || signal.aborted) return;
      await new Promise<void>((over) => {
        this.#source = this.#context.createBufferSource();
        this.#source.buffer = sound;
        this.#source.connect(this.#context.destination);
        this.#source.onended = () => over();
        this.#source.start();
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#ready.delete(sentence);
    }
  }

  pause(on: boolean): void {
    void (on ? this.#context.suspend() : this.#context.resume());
  }

  stop(): void {
    this.#asking.abort();
    this.#asking = new AbortController();
    this.#ready.clear();
    void this.#context.resume();
    this.#source?.stop();
    this.#source = null;
  }
}

export class BrowserMouth implements Mouth {
  #speed: number;

  constructor(speed: number) {
    this.#speed = speed;
  }

  prepare(): void {}

  say(sentence: string): Promise<void> {
    return new Promise((over) => {
      const words = new SpeechSynthesisUtterance(sentence);
      words.lang = CJK.test(sentence) ? "zh-CN" : document.documentElement.lang.startsWith("zh") ? "en" : document.documentElement.lang;
      words.rate = this.#speed;
      words.onend = words.onerror = () => over();
      speechSynthesis.speak(words);
    });
  }

  pause(on: boolean): void {
    if (on) speechSynthesis.pause();
    else speechSynthesis.resume();
  }

  stop(): void {
    speechSynthesis.resume();
    speechSynthesis.cancel();
  }
}
