import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";

const QUOTED = ".prose, .question";
const ABOVE = 44; // px

/** Beside words that are marked in a message: puts them into the box as a quotation. */
export class QuoteButton extends LightElement {
  #words = "";
  #place = { x: 0, y: 0 };

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("selectionchange", this.#marked);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("selectionchange", this.#marked);
  }

  protected override render(): unknown {
    if (!this.#words) return nothing;
    // The press must not take the mark away before the click.
    return html`<button type="button" class="quote-button" @pointerdown=${(event: Event) => event.preventDefault()} @click=${this.#quote}>${icon("quote")}<span>${t("Quote")}</span></button>`;
  }

  protected override updated(): void {
    const button = this.querySelector("button");
    if (!button) return;
    button.style.left = `${Math.min(Math.max(this.#place.x - button.offsetWidth / 2, 8), innerWidth - button.offsetWidth - 8)}px`;
    button.style.top = `${Math.max(this.#place.y - ABOVE, 8)}px`;
  }

  #marked = (): void => {
    const selection = getSelection();
    const words = selection && !selection.isCollapsed ? selection.toString().trim() : "";
    const range = words && selection?.rangeCount ? selection.getRangeAt(0) : null;
    const whole = range?.commonAncestorContainer;
    const host = whole instanceof Element ? whole : whole?.parentElement;
    const box = host?.closest(QUOTED) ? range?.getBoundingClientRect() : undefined;
    if (!box && !this.#words) return;
    this.#words = box ? words : "";
    if (box) this.#place = { x: box.left + box.width / 2, y: box.top };
    this.requestUpdate();
  };

  #quote(): void {
    this.dispatchEvent(new CustomEvent("suggest", { bubbles: true, detail: `${quotation(this.#words)}\n\n` }));
    getSelection()?.removeAllRanges();
  }
}

/** As Markdown. */
export function quotation(words: string): string {
  return words.split("\n").map((line) => `> ${line}`.trimEnd()).join("\n");
}

customElements.define("quote-button", QuoteButton);
