// Talking without hands: listen, send after a silence, read the answer, listen again.
import { t } from "../i18n.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import type { Message } from "../chat/message.ts";
import { Observable } from "../chat/observable.ts";
import { BrowserEars } from "./browser-ears.ts";
import { house, sentenceOf, wordsOf } from "./house.ts";
import { Microphone } from "./microphone.ts";
import { Reading } from "./reading.ts";

const SILENCE = 1500; // ms until what was said is sent
const LOOK = 200;

export type TalkState = "starting" | "listening" | "hearing" | "writing" | "waiting" | "reading" | "ended";

export class Talking extends Observable {
  state: TalkState = "starting";
  level = 0;
  /** What was heard last. */
  words = "";
  problem = "";
  readonly reading = new Reading();
  #page: ChatPage;
  #microphone: Microphone | null = null;
  #ears: BrowserEars | null = null;
  #turn = 0;

  constructor(page: ChatPage) {
    super();
    this.#page = page;
    this.reading.onEnd = () => this.#listen();
    this.reading.watch(() => {
      if (this.reading.problem && this.state === "reading") this.#listen(this.reading.problem);
      else this.changed();
    });
  }

  async start(): Promise<void> {
    try {
      const { hears, ears } = await house();
      if (this.state === "ended") return;
      const browser = "SpeechRecognition" in window || "webkitSpeechRecognition" in window;
      if (hears && !(ears === "browser" && browser)) {
        const level = (loud: number): void => this.#heardLevel(loud);
        this.#microphone = new Microphone({ level, begun: () => this.#begun(), piece: (sound) => void this.#piece(sound) }, SILENCE);
        await this.#microphone.open();
      }
      this.#listen();
    } catch (error) {
      this.end(sentenceOf(error));
    }
  }

  /** A key instead of a voice: what is read or written is interrupted, and it listens. */
  interrupt(): void {
    if (this.state === "ended" || this.state === "listening" || this.state === "hearing") return;
    this.#page.stop();
    this.#listen();
  }

  end(problem = ""): void {
    this.#turn += 1;
    this.state = "ended";
    this.problem = problem;
    this.#microphone?.close();
    this.#ears?.stop();
    this.reading.stop();
    this.changed();
  }

  #set(state: TalkState): void {
    this.state = state;
    if (this.#microphone) this.#microphone.gate.strict = state === "reading";
    this.changed();
  }

  #listen(problem = ""): void {
    if (this.state === "ended") return;
    this.#turn += 1;
    this.reading.stop();
    this.problem = problem;
    this.#set("listening");
    if (this.#microphone) return;
    this.#ears?.stop();
    this.#ears = new BrowserEars({
      words: (text) => {
        this.words = text;
        this.#set("hearing");
      },
      over: () => this.#send(this.words),
      // Browsers end it by themselves when nobody speaks.
      ended: (sentence) => (sentence ? this.end(sentence) : this.state === "listening" && setTimeout(() => this.state === "listening" && this.#listen(), LOOK)),
    }, SILENCE);
    this.#ears.start();
  }

  #heardLevel(level: number): void {
    this.level = level;
    if (this.state === "listening" || this.state === "hearing") this.changed();
  }

  /** Somebody speaks: whatever is read or still written is not wanted any more. */
  #begun(): void {
    if (this.state === "ended" || this.state === "writing") return;
    if (this.state === "reading" || this.state === "waiting") this.#page.stop();
    this.#turn += 1;
    this.reading.stop();
    this.words = this.problem = "";
    this.#set("hearing");
  }

  async #piece(sound: Blob): Promise<void> {
    if (this.state !== "hearing") return;
    const turn = ++this.#turn;
    this.#set("writing");
    try {
      const words = await wordsOf(sound);
      if (turn !== this.#turn) return;
      if (words) this.#send(words);
      else this.#listen(t("No words were heard. Say it again."));
    } catch (error) {
      if (turn === this.#turn) this.#listen(sentenceOf(error));
    }
  }

  #send(words: string): void {
    const { choices, conversation } = this.#page;
    if (!words.trim()) return this.#listen();
    if (!choices.model || choices.withdrawn) return this.end(choices.withdrawn || t("There is no model that you may use."));
    this.words = words;
    const before = new Set(conversation.shown.map(({ id }) => id));
    this.#set("waiting");
    this.#page.send(words, null, null);
    void this.#follow(++this.#turn, before);
  }

  /** Until the answer has words, or none will come. */
  async #follow(turn: number, before: ReadonlySet<number>): Promise<void> {
    while (turn === this.#turn) {
      await new Promise((again) => setTimeout(again, LOOK));
      const { conversation, problem } = this.#page;
      if (turn !== this.#turn) return;
      if (problem && !conversation.pending.length) return this.#listen(problem);
      const answer = conversation.shown.findLast(({ role, id }) => role === "assistant" && !before.has(id));
      if (answer && (answer.text || !answer.running)) return this.#read(answer);
    }
  }

  #read(answer: Message): void {
    if (!answer.text) return this.#listen(answer.error?.detail ?? t("The model gave an empty answer."));
    this.#set("reading");
    void this.reading.read(answer);
  }
}
