import { html, nothing } from "lit";
import { t } from "../i18n.ts";
import { LightElement } from "../chat/elements/light-element.ts";
import type { Prompt } from "../chat/prompts.ts";

const OPTIONS = "prompt-options";

/** The prompts that fit what is typed. The box keeps the focus; fires "marked" with a place and "taken" with an id. */
export class PromptList extends LightElement {
  static override properties = { found: { attribute: false }, at: {}, query: {}, problem: {}, known: {}, any: {} };
  declare found: Prompt[];
  declare at: number;
  declare query: string;
  declare problem: string;
  declare known: boolean;
  declare any: boolean;

  protected override updated(): void {
    this.querySelector("[data-at]")?.scrollIntoView({ block: "nearest" });
  }

  protected override render(): unknown {
    return html`
      <ul class="picker__list" id=${OPTIONS} role="listbox" aria-label=${t("Prompt library")} @mousedown=${keepFocus}>
        ${this.found.map((prompt, index) => html`<li class="picker__option" id="${OPTIONS}-${index}" role="option" aria-selected=${index === this.at}
          data-at=${index === this.at ? "" : nothing} @pointermove=${() => index === this.at || this.#say("marked", index)} @click=${() => this.#say("taken", prompt.id)}>
          <span class="prompt-option"><bdi>${prompt.name}</bdi><code>/${prompt.command}</code></span>
          ${prompt.owner ? html`<small class="muted"><bdi>${prompt.owner}</bdi></small>` : nothing}</li>`)}
      </ul>
      ${this.#empty()}
      <p class="picker__foot" @mousedown=${keepFocus}><a href="/prompts/">${t("Manage prompts")}</a></p>
      <div class="visually-hidden" role="status">${this.found.length ? t("{n} found. Arrow keys choose, Enter takes.", { n: this.found.length }) : nothing}</div>`;
  }

  #empty(): unknown {
    if (this.problem) return html`<p class="picker__empty" role="alert">${this.problem}</p>`;
    if (this.found.length) return nothing;
    if (!this.known) return html`<p class="picker__empty" role="status">${t("Loading…")}</p>`;
    return html`<p class="picker__empty" role="status">${this.any
      ? t("Nothing fits “{query}”.", { query: this.query })
      : t("There is no prompt yet. Keep what you ask again and again under a name, with gaps to be filled in.")}</p>`;
  }

  #say(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** The press would take the focus from the box. */
const keepFocus = (event: Event): void => event.preventDefault();

customElements.define("prompt-list", PromptList);
