import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";

const SILENCE = 3000; // ms until what was said is sent

/** What browsers have of the Web Speech API (https://webaudio.github.io/web-speech-api/). */
interface Recognition extends EventTarget {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  start(): void;
  abort(): void;
}
type Results = Event & { results: ArrayLike<ArrayLike<{ transcript: string }>> };
type Speech = { SpeechRecognition?: new () => Recognition; webkitSpeechRecognition?: new () => Recognition };

/** Writes what is said; fires "dictated" with all of it so far, "spoken" after a silence, "unheard" with a sentence. */
export class DictateButton extends LightElement {
  #recognition: Recognition | null = null;
  #silence = 0;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop();
  }

  protected override render(): unknown {
    const { SpeechRecognition, webkitSpeechRecognition } = window as unknown as Speech;
    if (!SpeechRecognition && !webkitSpeechRecognition) return nothing;
    const listens = this.#recognition !== null;
    const words = listens ? t("Stop dictating") : t("Dictate: sent after 3 s of silence. Your browser may have its maker listen.");
    return html`<button type="button" class="tool" aria-pressed=${listens} data-on=${listens ? "" : nothing} aria-label=${listens ? t("Stop dictating") : t("Dictate")} title=${words}
      @click=${() => (listens ? this.stop() : this.#start())}>${icon("mic")}</button>`;
  }

  stop(): void {
    clearTimeout(this.#silence);
    const recognition = this.#recognition;
    this.#recognition = null;
    recognition?.abort();
    this.requestUpdate();
  }

  #start(): void {
    const { SpeechRecognition, webkitSpeechRecognition } = window as unknown as Speech;
    const Speech = SpeechRecognition ?? webkitSpeechRecognition;
    if (!Speech) return;
    const recognition = new Speech();
    const { lang } = document.documentElement;
    recognition.lang = lang.startsWith("zh") ? "zh-CN" : navigator.language.startsWith(lang) ? navigator.language : lang;
    recognition.continuous = recognition.interimResults = true;
    recognition.addEventListener("result", (event) => this.#heard(recognition, event as Results));
    recognition.addEventListener("error", (event) => this.#failed(recognition, (event as Event & { error: string }).error));
    recognition.addEventListener("end", () => recognition === this.#recognition && this.stop());
    this.#recognition = recognition;
    recognition.start();
    this.#say("dictated", "");
    this.requestUpdate();
  }

  #heard(recognition: Recognition, { results }: Results): void {
    if (recognition !== this.#recognition) return;
    this.#say("dictated", Array.from(results, (result) => result[0]?.transcript ?? "").join("").trim());
    clearTimeout(this.#silence);
    this.#silence = window.setTimeout(() => {
      this.stop();
      this.#say("spoken", "");
    }, SILENCE);
  }

  #failed(recognition: Recognition, error: string): void {
    if (recognition !== this.#recognition || error === "no-speech" || error === "aborted") return;
    this.stop();
    const denied = error === "not-allowed" || error === "service-not-allowed" || error === "audio-capture";
    this.#say("unheard", denied
      ? t("The microphone may not be used. Allow it for this site in your browser's settings.")
      : t("Your browser could not write down what was said ({error}). What you have is kept.", { error }));
  }

  #say(name: string, detail: string): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define("dictate-button", DictateButton);
