import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { Ears } from "../../voice/voice.ts";
import type { ChatPage } from "../chat-page.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";
import { loadVoice } from "./load-later.ts";

const SILENCE = 3000; // ms until what was said is sent

/** Writes what is said; fires "dictated" with all of it so far, "spoken" after a silence, "unheard" with a sentence. */
export class DictateButton extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #ears: Ears | null = null;
  #listens = false;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop();
  }

  protected override render(): unknown {
    const { hears } = this.page.boot.voice ?? { hears: false };
    const browser = browserHears();
    if (!browser && !hears) return nothing;
    const words = this.#listens ? t("Stop dictating") : hears
      ? t("Dictate: sent after 3 s of silence. What is said is written down and not kept.")
      : t("Dictate: sent after 3 s of silence. Your browser may have its maker listen.");
    return html`<button type="button" class="tool" aria-pressed=${this.#listens} data-on=${this.#listens ? "" : nothing} aria-label=${this.#listens ? t("Stop dictating") : t("Dictate")} title=${words}
      @click=${() => (this.#listens ? this.stop() : void this.#start())}>${icon("mic")}</button>
      ${hears || (browser && "speechSynthesis" in window) ? html`<button type="button" class="tool" aria-label=${t("Talk without hands")} title=${t("Talk without hands: it listens, answers aloud, and listens again")} @click=${() => void this.#talk()}>${icon("talk")}</button>` : nothing}`;
  }

  stop(): void {
    this.#ears?.stop();
    this.#ears = null;
    this.#listens = false;
    this.requestUpdate();
  }

  async #start(): Promise<void> {
    this.#listens = true;
    this.requestUpdate();
    this.#say("dictated", "");
    const heard = {
      words: (text: string) => this.#say("dictated", text),
      over: () => {
        this.stop();
        this.#say("spoken", "");
      },
      ended: (sentence: string) => {
        this.stop();
        if (sentence) this.#say("unheard", sentence);
      },
    };
    try {
      const { earsFor } = await loadVoice();
      const ears = await earsFor(heard, SILENCE, browserHears());
      if (!this.#listens) return;
      this.#ears = ears;
      ears.start();
    } catch (error) {
      heard.ended(error instanceof Error && !(error instanceof TypeError) ? error.message : t("This could not be loaded. Check your connection and try again."));
    }
  }

  async #talk(): Promise<void> {
    this.stop();
    try {
      (await loadVoice()).talk(this.page);
    } catch {
      this.page.lacks();
    }
  }

  #say(name: string, detail: string): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function browserHears(): boolean {
  return "SpeechRecognition" in window || "webkitSpeechRecognition" in window;
}

customElements.define("dictate-button", DictateButton);
