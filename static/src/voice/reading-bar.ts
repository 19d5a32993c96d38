import { html, nothing } from "lit";
import { t } from "../i18n.ts";
import { icon } from "../chat/elements/icon.ts";
import { LightElement } from "../chat/elements/light-element.ts";
import type { Reading } from "./reading.ts";

/** Above the box while something is read aloud: the sentence, and what can be done about it. */
export class ReadingBar extends LightElement {
  reading: Reading | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.#key, true);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.#key, true);
    this.reading?.stop();
  }

  protected override willUpdate(): void {
    this.follow(this.reading);
  }

  protected override render(): unknown {
    const { reading } = this;
    if (!reading?.on) return nothing;
    const { paused, problem, sentence } = reading;
    return html`<div class="reading-bar" role="toolbar" aria-label=${t("Reading aloud")} @keydown=${this.#within}>
      <span class="reading-bar__sign" data-moves=${paused || problem ? nothing : ""}>${icon("speaker")}</span>
      <p class="reading-bar__words" dir="auto" role=${problem ? "alert" : nothing}>${problem || sentence || t("Getting ready…")}</p>
      ${problem ? nothing : html`<button type="button" class="button button--quiet button--icon button--small" aria-label=${paused ? t("Go on reading") : t("Pause reading")} title=${paused ? t("Go on reading") : t("Pause reading")} @click=${() => reading.pause(!paused)}>${icon(paused ? "play" : "pause")}</button>
      <button type="button" class="button button--quiet button--icon button--small" aria-label=${t("Next sentence")} title=${t("Next sentence")} @click=${() => reading.next()}>${icon("next")}</button>`}
      <button type="button" class="button button--quiet button--icon button--small" aria-label=${t("Stop reading")} title=${t("Stop reading (Esc)")} @click=${() => reading.stop()}>${icon("close")}</button></div>`;
  }

  focusPause(): void {
    void this.updateComplete.then(() => this.querySelector("button")?.focus({ preventScroll: true }));
  }

  /** The answer that is being written goes on; only the voice is silent. */
  #key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !this.reading?.on || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    this.reading.stop();
  };

  #within = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    event.preventDefault();
    const buttons = [...this.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[(at + (event.key === "ArrowRight" ? 1 : buttons.length - 1)) % buttons.length]?.focus();
  };
}

customElements.define("reading-bar", ReadingBar);
