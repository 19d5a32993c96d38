import { html } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import { LightElement } from "./light-element.ts";

/** An answer written anew by hand, in the place where it stands. What was there stays as another version. */
export class AnswerEditor extends LightElement {
  static override properties = { page: { attribute: false }, message: { attribute: false } };
  declare page: ChatPage;
  declare message: Message;
  #saving = false;

  protected override render(): unknown {
    return html`<form class="editor" @submit=${this.#save}>
      <textarea class="editor__box" dir="auto" aria-label=${t("The answer in your words")} .value=${this.message.text} ?disabled=${this.#saving} @keydown=${this.#key} @input=${this.#grow}></textarea>
      <div class="editor__acts"><p>${t("The answer as it was stays beside it as another version.")}</p>
        <button type="button" class="button button--quiet button--small" @click=${this.#close}>${t("Cancel")}</button>
        <button class="button button--primary button--small" ?disabled=${this.#saving}>${t("Save")}</button></div>
    </form>`;
  }

  protected override firstUpdated(): void {
    this.#grow();
    const box = this.#box;
    box?.focus({ preventScroll: true });
    box?.setSelectionRange(0, 0);
  }

  #save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const text = this.#box?.value ?? "";
    if (!text.trim() || this.#saving) return;
    if (text === this.message.text) return this.#close();
    this.#saving = true;
    this.requestUpdate();
    if (await this.page.versions.write(this.message, text)) this.#close();
    this.#saving = false;
    this.requestUpdate();
  };

  #key = (event: KeyboardEvent): void => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      this.#close();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.querySelector("form")?.requestSubmit();
    }
  };

  #grow = (): void => {
    const box = this.#box;
    if (!box) return;
    box.style.blockSize = "auto";
    box.style.blockSize = `${box.scrollHeight + 2}px`;
  };

  #close = (): void => void this.dispatchEvent(new Event("written", { bubbles: true }));

  get #box(): HTMLTextAreaElement | null {
    return this.querySelector("textarea");
  }
}

customElements.define("answer-editor", AnswerEditor);
