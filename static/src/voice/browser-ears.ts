// The browser's own recognition (https://webaudio.github.io/web-speech-api/): its maker may be the one who listens.
import { t } from "../i18n.ts";

interface Recognition extends EventTarget {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  start(): void;
  abort(): void;
}
type Results = Event & { results: ArrayLike<ArrayLike<{ transcript: string }>> };
type Speech = { SpeechRecognition?: new () => Recognition; webkitSpeechRecognition?: new () => Recognition };

export interface Heard {
  /** All of it so far. */
  words(text: string): void;
  /** A silence has come after it. */
  over(): void;
  /** With a sentence; empty where nothing failed and it only ended. */
  ended(sentence: string): void;
}

export class BrowserEars {
  #recognition: Recognition | null = null;
  #timer = 0;
  #heard: Heard;
  #silence: number;

  constructor(heard: Heard, silence: number) {
    this.#heard = heard;
    this.#silence = silence;
  }

  start(): void {
    const { SpeechRecognition, webkitSpeechRecognition } = window as unknown as Speech;
    const Speech = SpeechRecognition ?? webkitSpeechRecognition;
    if (!Speech) return this.#heard.ended(t("This browser cannot write down what is said."));
    const recognition = new Speech();
    const { lang } = document.documentElement;
    recognition.lang = lang.startsWith("zh") ? "zh-CN" : navigator.language.startsWith(lang) ? navigator.language : lang;
    recognition.continuous = recognition.interimResults = true;
    recognition.addEventListener("result", (event) => this.#results(recognition, event as Results));
    recognition.addEventListener("error", (event) => this.#failed(recognition, (event as Event & { error: string }).error));
    recognition.addEventListener("end", () => recognition === this.#recognition && this.#end(""));
    this.#recognition = recognition;
    recognition.start();
  }

  stop(): void {
    clearTimeout(this.#timer);
    const recognition = this.#recognition;
    this.#recognition = null;
    recognition?.abort();
  }

  #results(recognition: Recognition, { results }: Results): void {
    if (recognition !== this.#recognition) return;
    this.#heard.words(Array.from(results, (result) => result[0]?.transcript ?? "").join("").trim());
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      this.stop();
      this.#heard.over();
    }, this.#silence);
  }

  #failed(recognition: Recognition, error: string): void {
    if (recognition !== this.#recognition || error === "no-speech" || error === "aborted") return;
    const denied = error === "not-allowed" || error === "service-not-allowed" || error === "audio-capture";
    this.#end(denied
      ? t("The microphone may not be used. Allow it for this site in your browser's settings.")
      : t("Your browser could not write down what was said ({error}). What you have is kept.", { error }));
  }

  #end(sentence: string): void {
    this.stop();
    this.#heard.ended(sentence);
  }
}
