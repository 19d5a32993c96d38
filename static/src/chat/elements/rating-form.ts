import { html } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import { rate, type Rating } from "../ratings.ts";
import { LightElement } from "./light-element.ts";

const LONGEST = 2000;

/** Why an answer is good or bad, and whether others may read it. The thumb itself has counted already. */
export class RatingForm extends LightElement {
  static override properties = { page: { attribute: false }, message: { attribute: false } };
  declare page: ChatPage;
  declare message: Message;
  #saving = false;
  #value: Rating["value"] | null = null;
  #reasons: ReadonlySet<string> = new Set();

  protected override render(): unknown {
    const { rating } = this.message;
    if (!rating) return null;
    // What is chosen here is kept against what other tabs say meanwhile.
    if (this.#value !== rating.value) this.#reasons = new Set(rating.reasons);
    this.#value = rating.value;
    const up = rating.value === "up";
    return html`<form class="rating" aria-label=${t("Your rating")} @submit=${this.#save} @keydown=${this.#key}>
      <p class="rating__asks">${up ? t("Thank you. What was good about it?") : t("Thank you. What was wrong with it?")}</p>
      <div class="rating__reasons" role="group" aria-label=${t("Reasons")}>${reasons(rating.value).map(([key, words]) => html`
        <button type="button" class="rating__reason" aria-pressed=${this.#reasons.has(key)} @click=${() => this.#toggle(key)}>${words}</button>`)}</div>
      <textarea class="rating__note" dir="auto" rows="2" maxlength=${LONGEST} aria-label=${t("In your own words")} placeholder=${t("In your own words, if you like")} .value=${rating.note}></textarea>
      <label class="rating__share"><input type="checkbox" .checked=${rating.shared}><span>${t("Administrators may read this: what was said up to here, and the answers to this question.")}
        <small>${t("Otherwise they only see a number.")}</small></span></label>
      <div class="rating__acts">
        <button type="button" class="button button--quiet button--small" @click=${this.#takeBack}>${t("Take the rating back")}</button>
        <button class="button button--primary button--small" ?disabled=${this.#saving}>${t("Save")}</button></div>
    </form>`;
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>(".rating__reason")?.focus();
  }

  #toggle(key: string): void {
    const reasons = new Set(this.#reasons);
    if (!reasons.delete(key)) reasons.add(key);
    this.#reasons = reasons;
    this.requestUpdate();
  }

  #save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const given = this.#given;
    if (!given || this.#saving) return;
    this.#saving = true;
    this.requestUpdate();
    await rate(this.page, this.message, given);
    this.#saving = false;
    if (!this.page.problem) this.#close();
    else this.requestUpdate();
  };

  #takeBack = async (): Promise<void> => {
    await rate(this.page, this.message, null);
    this.#close();
  };

  #key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    event.preventDefault();
    this.#close();
  };

  #close(): void {
    const message = this.closest("chat-message");
    this.dispatchEvent(new Event("close"));
    message?.querySelector<HTMLElement>("[aria-pressed]")?.focus();
  }

  get #given(): Rating | null {
    const { rating } = this.message;
    const note = this.querySelector<HTMLTextAreaElement>(".rating__note")?.value.trim() ?? "";
    const shared = this.querySelector<HTMLInputElement>(".rating__share input")?.checked ?? false;
    return rating && { ...rating, reasons: [...this.#reasons], note, shared };
  }
}

/** [key, words] in the order of chat/models/rating.py. */
function reasons(value: Rating["value"]): [string, string][] {
  if (value === "up") {
    return [["correct", t("Correct")], ["clear", t("Clear")], ["complete", t("Complete")], ["well_sourced", t("Good sources")], ["well_worded", t("Well worded")]];
  }
  return [
    ["wrong", t("Not correct")], ["incomplete", t("Something is missing")], ["beside_the_point", t("Not what I asked")], ["badly_sourced", t("Bad or no sources")],
    ["outdated", t("Out of date")], ["too_long", t("Too long")], ["too_short", t("Too short")], ["refused", t("Refused without need")],
  ];
}

customElements.define("rating-form", RatingForm);
