import { html, nothing } from "lit";
import { t } from "../i18n.ts";
import { LightElement } from "../chat/elements/light-element.ts";
import { dayWords, type Fills, filled, isoDay, keyOf, type Opened, type Piece, type Variable } from "../chat/prompts.ts";

const TODAY = "today";

/** Asks for the gaps of a prompt, shows the text as it becomes, and gives it back. Nothing is sent. */
export class PromptForm extends LightElement {
  declare prompt: Opened;
  /** What is known already, by the key of its piece. */
  declare values: Map<string, string>;
  /** What should fill itself and could not. */
  declare asked: Fills[];
  declare language: string;
  /** The text; null when it is not wanted. */
  readonly answer: Promise<string | null>;
  #settle: (text: string | null) => void = () => undefined;
  /** As they stand in the fields. */
  #given = new Map<string, string>();

  constructor() {
    super();
    this.answer = new Promise((resolve) => (this.#settle = resolve));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    for (const variable of this.prompt.variables) this.#given.set(variable.name, beginning(variable));
    void this.updateComplete.then(() => {
      this.querySelector("dialog")?.showModal();
      this.querySelector<HTMLElement>("input, textarea, select")?.focus();
    });
  }

  protected override render(): unknown {
    const { prompt } = this;
    return html`<dialog class="compose-dialog" aria-labelledby="prompt-form-title" @close=${() => this.#end(null)} @keydown=${this.#key}>
      <form class="stack" method="dialog" @submit=${this.#submit}>
        <header><h2 id="prompt-form-title"><bdi>${prompt.name}</bdi></h2>
          ${prompt.owner ? html`<p class="muted small">${t("from {who}", { who: prompt.owner })}</p>` : nothing}</header>
        ${prompt.variables.map((variable, place) => this.#field(variable, `gap-${place}`))}
        ${this.asked.map((fills) => this.#field({ name: keyOf({ fills }), type: "long", options: [], default: "" }, `gap-${fills}`, fillsName(fills)))}
        <section class="prompt-form__text" aria-label=${t("What will stand in the box")} dir="auto" tabindex="0">${prompt.pieces.map((piece) => this.#piece(piece))}</section>
        <div class="prompt-form__acts"><button type="button" class="button" @click=${() => this.#end(null)}>${t("Cancel")}</button>
          <button type="submit" class="button button--primary">${t("Put into the box")}</button></div>
      </form></dialog>`;
  }

  #field({ name, type, options }: Variable, id: string, label = name): unknown {
    const value = this.#given.get(name) ?? "";
    const typed = (event: Event): void => {
      this.#given.set(name, (event.target as HTMLInputElement).value);
      this.requestUpdate();
    };
    return html`<div class="field"><label for=${id}><bdi>${label}</bdi></label>${
      type === "select"
        ? html`<select id=${id} @change=${typed}>${options.map((option) => html`<option ?selected=${option === value}>${option}</option>`)}</select>`
        : type === "long"
          ? html`<textarea id=${id} rows="4" dir="auto" .value=${value} @input=${typed}></textarea>`
          : html`<input id=${id} type=${type} step=${type === "number" ? "any" : nothing} dir="auto" autocomplete="off" .value=${value} @input=${typed}>`
    }</div>`;
  }

  #piece(piece: Piece): unknown {
    if (typeof piece === "string") return piece;
    const value = this.#values.get(keyOf(piece));
    return value ? html`<mark>${value}</mark>` : html`<span class="prompt-form__gap">${"fills" in piece ? fillsName(piece.fills) : piece.name}</span>`;
  }

  get #values(): Map<string, string> {
    const days = new Set(this.prompt.variables.filter(({ type }) => type === "date").map(({ name }) => name));
    const given = [...this.#given].map(([name, value]): [string, string] => [name, days.has(name) ? dayWords(value, this.language) : value]);
    return new Map([...this.values, ...given]);
  }

  #submit = (event: Event): void => {
    event.preventDefault();
    this.#end(filled(this.prompt.pieces, this.#values));
  };

  /** Enter breaks the line in a long text; with Ctrl or ⌘ it is done from there as well. */
  #key = (event: KeyboardEvent): void => {
    if (event.key === "Escape") event.stopPropagation();
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || event.metaKey) this.querySelector("form")?.requestSubmit();
  };

  #end(text: string | null): void {
    this.#settle(text);
    this.querySelector("dialog")?.close();
    this.remove();
  }
}

/** What stands in a field to begin with. */
function beginning({ type, options, default: given }: Variable): string {
  if (type === "date" && given === TODAY) return isoDay(new Date());
  return type === "select" ? given || (options[0] ?? "") : given;
}

function fillsName(fills: Fills): string {
  switch (fills) {
    case "clipboard":
      return t("What was copied");
    case "selection":
      return t("What is marked");
    case "today":
      return t("Date");
    case "now":
      return t("Time");
    case "user":
      return t("Your name");
  }
}

customElements.define("prompt-form", PromptForm);
