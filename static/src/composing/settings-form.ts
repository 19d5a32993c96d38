import { html, nothing } from "lit";
import { t } from "../i18n.ts";
import { ApiError } from "../chat/api.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import { arrange, type ChatParams, type ChatSettings, DEFAULTS, howMany, settingsOf } from "../chat/chat-settings.ts";
import { LightElement } from "../chat/elements/light-element.ts";

const MOST_STOPS = 4;
type Numeric = { name: "temperature" | "top_p" | "max_tokens" | "seed"; least: number; most: number };

const NUMBERS: Numeric[] = [
  { name: "temperature", least: 0, most: 2 },
  { name: "top_p", least: 0, most: 1 },
  { name: "max_tokens", least: 1, most: 10_000_000 },
  { name: "seed", least: -(2 ** 31), most: 2 ** 31 - 1 },
];

/** What this chat has of its own. A field that is empty is "default": nothing is sent, and the model server decides. */
export class SettingsForm extends LightElement {
  declare page: ChatPage;
  #settings: ChatSettings = DEFAULTS;
  #problem = "";
  #busy = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#settings = settingsOf(this.page);
    void this.updateComplete.then(() => this.querySelector("dialog")?.showModal());
  }

  protected override render(): unknown {
    const { params, system } = this.#settings;
    return html`<dialog class="compose-dialog" aria-labelledby="settings-form-title" @close=${() => this.remove()} @keydown=${keepEscape}>
      <form class="stack" @submit=${this.#submit} @input=${this.#typed}>
        <header><h2 id="settings-form-title">${t("Settings of this chat")}</h2>
          <p class="muted small">${t("What is left at “default” is not sent at all: the model server decides.")}</p></header>
        ${this.#problem ? html`<p class="notice notice--error" role="alert">${this.#problem}</p>` : nothing}
        <div class="field"><label for="settings-system">${t("Instructions")}</label>
          <textarea id="settings-system" name="system" rows="4" maxlength="20000" dir="auto" placeholder=${t("none")} .value=${system}></textarea>
          <p class="help">${t("The model is told this before all that is said here, behind those of its assistant and its folder.")}</p></div>
        <div class="settings-form__numbers">${NUMBERS.map((number) => this.#number(number, params[number.name]))}</div>
        <div class="field"><label for="settings-stop">${t("Stop at (one text a line)")}</label>
          <textarea id="settings-stop" name="stop" rows="2" placeholder=${t("default")} .value=${(params.stop ?? []).join("\n")}></textarea></div>
        <div class="prompt-form__acts">
          ${howMany(this.#read(params)) || howMany(this.#settings) ? html`<button type="button" class="button button--quiet" @click=${this.#reset}>${t("All to default")}</button>` : nothing}
          <span class="composer__space"></span>
          <button type="button" class="button" @click=${() => this.querySelector("dialog")?.close()}>${t("Cancel")}</button>
          <button type="submit" class="button button--primary" ?disabled=${this.#busy}>${t("Save")}</button></div>
      </form></dialog>`;
  }

  #number({ name, least, most }: Numeric, value: number | undefined): unknown {
    return html`<div class="field"><label for="settings-${name}">${labelOf(name)}</label>
      <input id="settings-${name}" name=${name} type="number" inputmode="decimal" min=${least} max=${most} step=${name === "seed" || name === "max_tokens" ? "1" : "any"}
        placeholder=${t("default")} autocomplete="off" .value=${value === undefined ? "" : String(value)}></div>`;
  }

  /** What stands in the fields; thinking is kept as it is. */
  #read(kept: ChatParams): ChatSettings {
    const form = this.querySelector("form");
    if (!form) return this.#settings;
    const given = new FormData(form);
    const { think, reasoning_effort } = kept;
    const numbers = NUMBERS.flatMap(({ name }) => (String(given.get(name) ?? "").trim() ? [[name, Number(given.get(name))]] : []));
    const stop = String(given.get("stop") ?? "").split("\n").map((line) => line.replace(/\r$/, "")).filter(Boolean).slice(0, MOST_STOPS);
    const params: ChatParams = { ...Object.fromEntries(numbers), ...(stop.length ? { stop } : {}), ...(think === undefined ? {} : { think }), ...(reasoning_effort ? { reasoning_effort } : {}) };
    return { params, system: String(given.get("system") ?? "").trim() };
  }

  #typed = (): void => this.requestUpdate();

  #reset = (): void => {
    const form = this.querySelector("form");
    for (const field of form?.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea") ?? []) field.value = "";
    this.requestUpdate();
    form?.querySelector("textarea")?.focus();
  };

  #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const settings = this.#read(this.#settings.params);
    this.#busy = true;
    this.requestUpdate();
    try {
      await arrange(this.page, settings);
      this.querySelector("dialog")?.close();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#problem = error.message;
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  };
}

/** The page behind would stop an answer. */
function keepEscape(event: KeyboardEvent): void {
  if (event.key === "Escape") event.stopPropagation();
}

function labelOf(name: Numeric["name"]): string {
  switch (name) {
    case "temperature":
      return t("Temperature");
    case "top_p":
      return "top_p";
    case "max_tokens":
      return t("Longest answer, in tokens");
    case "seed":
      return t("Seed");
  }
}

customElements.define("settings-form", SettingsForm);
