import { html, nothing } from "lit";
import { t } from "../i18n.ts";
import { icon } from "../chat/elements/icon.ts";
import { LightElement } from "../chat/elements/light-element.ts";
import type { Talking, TalkState } from "./talking.ts";

/** The surface of talking without hands: what happens now, what was heard, and the two keys. */
export class TalkPanel extends LightElement {
  talking: Talking | null = null;
  #before: Element | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#before = document.activeElement;
    document.addEventListener("keydown", this.#key, true);
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(".talk")?.focus());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.#key, true);
    if (this.talking?.state !== "ended") this.talking?.end();
    if (this.#before instanceof HTMLElement) this.#before.focus();
  }

  protected override willUpdate(): void {
    this.follow(this.talking, this.talking?.reading);
  }

  protected override render(): unknown {
    const { talking } = this;
    if (!talking) return nothing;
    const { state, words, problem, reading } = talking;
    const said = state === "reading" ? reading.sentence : words;
    const loud = state === "hearing" || state === "listening" ? Math.min(talking.level * 5, 1) : 0;
    return html`<section class="talk" data-state=${state} tabindex="-1" role="dialog" aria-label=${t("Talking without hands")}>
      <div class="talk__orb" aria-hidden="true"><progress class="talk__level" max="1" .value=${loud}></progress>${icon(state === "reading" ? "speaker" : "mic")}</div>
      <div class="talk__words"><p class="talk__state" role="status">${stateWords(state)}</p>
        <p class="talk__said" dir="auto">${problem ? html`<span role="alert" class="talk__problem">${problem}</span>` : said || t("Only what is said is sent, never the noise of the room. Nothing is kept.")}</p></div>
      <div class="talk__acts">
        ${state === "reading" || state === "waiting" ? html`<button type="button" class="button button--small" @click=${() => talking.interrupt()}>${t("Interrupt")} <kbd>${t("Space")}</kbd></button>` : nothing}
        <button type="button" class="button button--small" @click=${() => this.remove()}>${t("End")} <kbd>Esc</kbd></button></div></section>`;
  }

  #key = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.remove();
    } else if (event.key === " " && !(event.target as HTMLElement).closest("button, input, textarea, select, [contenteditable]")) {
      event.preventDefault();
      this.talking?.interrupt();
    }
  };
}

function stateWords(state: TalkState): string {
  switch (state) {
    case "starting":
      return t("Asking for the microphone…");
    case "listening":
      return t("Listening");
    case "hearing":
      return t("I hear you");
    case "writing":
      return t("Writing it down…");
    case "waiting":
      return t("Waiting for the answer…");
    case "reading":
      return t("Reading the answer: speak to interrupt");
    case "ended":
      return t("Ended");
  }
}

customElements.define("talk-panel", TalkPanel);
