import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import { MOST } from "../choices.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";
import { loadLater } from "./load-later.ts";
import type { ModelOptions } from "./model-options.ts";
import { Popup } from "./popup.ts";

/** What the model that is taken is to do. */
export type Purpose =
  | { kind: "next" }
  /** It answers beside those that are chosen. */
  | { kind: "add" }
  /** It answers the next question alone. */
  | { kind: "once" }
  /** It answers that question, beside this answer. */
  | { kind: "instead"; message: Message }
  /** It writes one answer out of all that were asked for with this one. */
  | { kind: "merge"; message: Message };

/** Which model answers next. The list itself is loaded when a hand or the focus comes near. */
export class ModelPicker extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #popup = new Popup(this);
  #problem = "";
  /** What was typed on the button before the search box was there. */
  #typed = "";
  #entered = false;
  #purpose: Purpose = { kind: "next" };

  protected override willUpdate(): void {
    this.follow(this.page.choices, this.page.models);
  }

  protected override render(): unknown {
    const { model, several } = this.page.choices;
    if (!model) return nothing;
    const { withdrawn } = this.page.choices;
    const name = withdrawn ? t("Choose a model") : several.length > 1 ? t("{n} models", { n: several.length }) : this.page.models.nameOf(model.id);
    return html`
      <button type="button" class="tool tool--model" data-opens aria-haspopup="dialog" aria-expanded=${this.#popup.open}
        title=${withdrawn || (model.why ?? t("Model"))} aria-label=${withdrawn ? name : t("Model: {name}", { name })} @click=${() => this.show(!this.#popup.open)}
        @keydown=${this.#key} @pointerenter=${soon} @focus=${soon}>
        ${model.available && !model.why && !withdrawn ? nothing : icon("alert")}<bdi>${name}</bdi>${icon("down")}
      </button>
      ${several.length < MOST && this.page.models.all.length > several.length && !withdrawn ? this.#plus() : nothing}
      ${this.#popup.open ? this.#sheet() : nothing}
    `;
  }

  #plus(): unknown {
    return html`<button type="button" class="tool tool--plus" aria-haspopup="dialog" aria-label=${t("Add a model")} title=${t("Add a model: up to {n} answer side by side", { n: MOST })}
      @click=${() => this.show(!this.#popup.open, "", { kind: "add" })} @pointerenter=${soon} @focus=${soon}>${icon("plus")}</button>`;
  }

  /** Opens with the focus in the search box, or closes. */
  async show(open = true, typed = "", purpose: Purpose = { kind: "next" }): Promise<void> {
    this.#typed = typed;
    this.#entered = false;
    this.#purpose = purpose;
    this.#popup.toggle(open);
    this.requestUpdate();
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
    return html`<div class="popup picker picker--end picker--models" role="dialog" aria-label=${purposeWords(this.#purpose)}>
      ${this.#purpose.kind === "next" ? nothing : html`<p class="picker__for">${purposeWords(this.#purpose)}</p>`}${this.#problem
      ? html`<p class="picker__empty" role="alert">${this.#problem}</p>`
      : html`<model-options .page=${this.page} @taken=${this.#taken}></model-options>`}</div>`;
  }

  #taken = (event: Event): void => {
    const model = (event as CustomEvent<string>).detail;
    const purpose = this.#purpose;
    const { choices } = this.page;
    this.#popup.toggle(false);
    if (purpose.kind === "add") choices.add(model);
    else if (purpose.kind === "once") choices.takeOnce(model);
    else if (purpose.kind === "merge") this.page.versions.merge(purpose.message, { models: [model] });
    else choices.choose(model);
    if (purpose.kind === "instead") this.page.regenerate(purpose.message);
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

function purposeWords({ kind }: Purpose): string {
  switch (kind) {
    case "next":
      return t("Choose a model");
    case "add":
      return t("Add a model");
    case "once":
      return t("For this question alone");
    case "instead":
      return t("Answer with another model");
    case "merge":
      return t("Which model writes one answer out of these?");
  }
}

/** A hand or the focus comes near. A failure is told when it is opened. */
const soon = (): void => void loadLater().catch(() => undefined);

customElements.define("model-picker", ModelPicker);
