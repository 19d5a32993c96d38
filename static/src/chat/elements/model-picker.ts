import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { Choices } from "../choices.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";
import { optionList } from "./option-list.ts";
import { Popup } from "./popup.ts";

/** Which model answers: searchable, grouped by connection, remembered. */
export class ModelPicker extends LightElement {
  static override properties = { choices: { attribute: false } };
  declare choices: Choices;
  #query = "";
  #at = 0;
  #popup = new Popup(this);

  protected override willUpdate(): void {
    this.follow(this.choices);
  }

  protected override render(): unknown {
    const { model } = this.choices;
    if (!model) return nothing;
    return html`
      <button type="button" class="tool tool--model" data-opens aria-haspopup="listbox" aria-expanded=${this.#popup.open}
        title=${t("Model")} aria-label=${t("Model: {name}", { name: model.name })} @click=${this.#toggle}>
        <bdi>${model.name}</bdi>${icon("down")}
      </button>
      ${this.#popup.open ? html`<div class="popup picker picker--end">${this.#options()}</div>` : nothing}
    `;
  }

  #options(): unknown {
    return optionList({
      id: "model-options",
      label: t("Search models"),
      query: this.#query,
      at: this.#at,
      multiple: false,
      empty: t("There is no model yet."),
      options: this.choices.models.map((model) => ({
        id: model.id,
        name: model.name,
        group: model.connection,
        chosen: model.id === this.choices.model?.id,
        note: model.available ? "" : t("does not answer at the moment"),
      })),
      search: (query) => {
        this.#query = query;
        this.#at = 0;
        this.requestUpdate();
      },
      move: (at) => {
        this.#at = at;
        this.requestUpdate();
      },
      take: (id) => {
        this.choices.choose(id);
        this.#popup.toggle(false);
        this.dispatchEvent(new Event("picked", { bubbles: true }));
      },
    });
  }

  async #toggle(): Promise<void> {
    this.#query = "";
    this.#at = Math.max(0, this.choices.models.findIndex((model) => model.id === this.choices.model?.id));
    this.#popup.toggle();
    await this.updateComplete;
    this.querySelector("input")?.focus();
    this.querySelector("[data-at]")?.scrollIntoView({ block: "nearest" });
  }
}

customElements.define("model-picker", ModelPicker);
