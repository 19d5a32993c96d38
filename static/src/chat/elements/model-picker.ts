import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";
import { loadLater } from "./load-later.ts";
import type { ModelOptions } from "./model-options.ts";
import { Popup } from "./popup.ts";

/** Which model answers next. The list itself is loaded when a hand or the focus comes near. */
export class ModelPicker extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #popup = new Popup(this);
  #problem = "";
  /** What was typed on the button before the search box was there. */
  #typed = "";
  #entered = false;
  #instead: Message | null = null;

  protected override willUpdate(): void {
    this.follow(this.page.choices, this.page.models);
  }

  protected override render(): unknown {
    const { model } = this.page.choices;
    if (!model) return nothing;
    const { withdrawn } = this.page.choices;
    const name = withdrawn ? t("Choose a model") : this.page.models.nameOf(model.id);
    return html`
      <button type="button" class="tool tool--model" data-opens aria-haspopup="dialog" aria-expanded=${this.#popup.open}
        title=${withdrawn || (model.why ?? t("Model"))} aria-label=${withdrawn ? name : t("Model: {name}", { name })} @click=${() => this.show(!this.#popup.open)}
        @keydown=${this.#key} @pointerenter=${soon} @focus=${soon}>
        ${model.available && !model.why && !withdrawn ? nothing : icon("alert")}<bdi>${name}</bdi>${icon("down")}
      </button>
      ${this.#popup.open ? this.#sheet() : nothing}
    `;
  }

  /** The one that is taken next answers that question, beside this answer. */
  answerInstead(message: Message): void {
    void this.show().then(() => (this.#instead = message));
  }

  /** Opens with the focus in the search box, or closes. */
  async show(open = true, typed = ""): Promise<void> {
    this.#typed = typed;
    this.#entered = false;
    this.#instead = null;
    this.#popup.toggle(open);
    if (!open) return;
    void this.page.models.refresh();
    try {
      await loadLater();
      this.#problem = "";
    } catch {
      this.#problem = t("The list could not be loaded. Check your connection and try again.");
      this.requestUpdate();
      return;
    }
    await this.updateComplete;
    this.#options?.begin(this.#typed, this.#entered);
  }

  get #options(): ModelOptions | null {
    return this.querySelector("model-options");
  }

  #sheet(): unknown {
    return html`<div class="popup picker picker--end picker--models" role="dialog" aria-label=${t("Choose a model")}>${this.#problem
      ? html`<p class="picker__empty" role="alert">${this.#problem}</p>`
      : html`<model-options .page=${this.page} @taken=${this.#taken}></model-options>`}</div>`;
  }

  #taken = (event: Event): void => {
    this.page.choices.choose((event as CustomEvent<string>).detail);
    this.#popup.toggle(false);
    if (this.#instead) this.page.regenerate(this.#instead);
    this.#instead = null;
    this.dispatchEvent(new Event("picked", { bubbles: true }));
  };

  /** On the button: an arrow opens the list, a letter begins a search. No key is lost while the list is on its way. */
  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const letter = event.key.length === 1 && event.key.trim() ? event.key : "";
    if (this.#popup.open && (letter || event.key === "Enter")) {
      this.#typed += letter;
      this.#entered = !letter;
      if (this.#options?.hasUpdated) this.#options.begin(this.#typed, this.#entered);
    } else if (letter || event.key === "ArrowDown" || event.key === "ArrowUp") void this.show(true, letter);
    else return;
    event.preventDefault();
  }
}

/** A hand or the focus comes near. A failure is told when it is opened. */
const soon = (): void => void loadLater().catch(() => undefined);

customElements.define("model-picker", ModelPicker);
