import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import { count } from "../limits.ts";
import { badgeName, type Section, sections, shortWindow } from "../model-sections.ts";
import type { Badge, ModelChoice } from "../wire.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";

const BADGE_ICONS = { vision: "eye", tools: "tool", thinking: "thought" } as const;
const PAGE = 8; // options that Page Up and Page Down pass
const FINGER = "(pointer: coarse)";

/** The list in the model picker: search, sections, and what there is to know of the one that is marked. */
export class ModelOptions extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #query = "";
  #at: string | null = null;
  #said = "";

  protected override willUpdate(): void {
    this.follow(this.page.models, this.page.choices, this.page.limits);
    this.#at ??= this.page.choices.model?.id ?? null;
  }

  /** The focus goes to the search; on a screen that is touched it stays away, or a keyboard would cover the list. */
  begin(typed: string, entered = false): void {
    this.#query = typed;
    this.#at ??= this.page.choices.model?.id ?? null;
    if (typed) this.#at = this.#first(sections(this.page.models.all, typed));
    const model = this.page.models.get(this.#at);
    if (entered && model) return this.#take(model);
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const target = matchMedia(FINGER).matches ? this.querySelector<HTMLElement>(".models__list") : this.querySelector("input");
      target?.focus();
      this.#scroll();
    });
  }

  protected override render(): unknown {
    const found = sections(this.page.models.all, this.#query);
    const shown = found.flatMap((section) => section.models);
    const marked = shown.find((model) => model.id === this.#at) ?? shown[0];
    const { problem } = this.page.models;
    return html`
      <label class="picker__search">${icon("search")}
        <input class="bare" type="text" role="combobox" autocomplete="off" spellcheck="false" aria-expanded="true" aria-autocomplete="list"
          aria-label=${t("Search models")} placeholder=${t("Search models")} aria-controls="model-options"
          aria-activedescendant=${marked ? idOf(marked, shown) : nothing} .value=${this.#query} @keydown=${(event: KeyboardEvent) => this.#key(event, shown)} @input=${this.#search}>
      </label>
      <div class="models__list" id="model-options" role="listbox" tabindex="-1" aria-label=${t("Models")} @mousedown=${keepFocus} @keydown=${(event: KeyboardEvent) => this.#key(event, shown)}>
        ${found.map((section, index) => this.#section(section, index, shown, marked, found.length > 1))}
      </div>
      ${shown.length ? nothing : html`<p class="picker__empty" role="status">${this.#query ? t("Nothing fits “{query}”.", { query: this.#query }) : t("There is no model yet.")}</p>`}
      ${problem ? html`<p class="models__problem" role="alert">${problem}</p>` : nothing}
      ${marked ? this.#about(marked) : nothing}
      <div class="visually-hidden" role="status">${this.#said}</div>`;
  }

  #section({ name, models, mixed }: Section, index: number, shown: ModelChoice[], marked: ModelChoice | undefined, several: boolean): unknown {
    const rows = models.map((model) => this.#option(model, shown, model === marked, mixed && this.#several));
    if (!name || !several) return rows;
    return html`<div role="group" aria-labelledby="model-section-${index}">
      <div class="picker__group" id="model-section-${index}">${name}</div>${rows}</div>`;
  }

  #option(model: ModelChoice, shown: ModelChoice[], marked: boolean, saysPlace: boolean): unknown {
    const chosen = this.page.choices.several.some(({ id }) => id === model.id);
    const place = saysPlace || this.page.models.clashes(model) ? model.connection : "";
    const second = reason(model) || [place, model.kind === "assistant" ? model.description : ""].filter(Boolean).join(" · ");
    return html`<div class="model" id=${idOf(model, shown)} role="option" aria-selected=${chosen} aria-disabled=${blocked(model) ? "true" : nothing}
      data-at=${marked ? "" : nothing} @pointermove=${() => this.#mark(model)} @click=${() => this.#take(model)}>
      ${model.kind === "assistant" ? face(model) : nothing}
      <span class="model__words"><span class="model__name"><bdi>${model.name}</bdi>${chosen ? icon("check") : nothing}</span>
        ${second ? html`<small dir="auto">${second}</small>` : nothing}</span>
      <span class="model__badges">${model.loaded ? html`<span class="model__loaded" role="img" aria-label=${t("loaded")} title=${t("Loaded: answers at once")}></span>` : nothing}
        ${model.badges.map((badge) => badgeIcon(badge))}${model.window ? html`<span class="model__window" title=${t("Window: {n} tokens", { n: model.window })}>${shortWindow(model.window)}</span>` : nothing}</span>
      <span class="model__star" aria-hidden="true" data-on=${model.favourite ? "" : nothing} @click=${(event: Event) => this.#star(event, model)}>${icon(model.favourite ? "starred" : "star")}</span>
    </div>`;
  }

  /** For the one that is marked: all that the row has no room for, and the star for those who use keys. */
  #about(model: ModelChoice): unknown {
    const { language } = this.page.boot;
    const { remaining } = this.page.limits;
    const facts = [
      model.window ? t("Window: {n} tokens", { n: count(model.window, language) }) : "",
      model.price ? priceWords(model.price, language) : "",
      model.loaded === false ? t("has to be loaded first") : "",
      ...model.badges.map(badgeName),
    ].filter(Boolean);
    return html`<footer class="models__about">
      <div><strong><bdi>${model.name}</bdi></strong>${model.connection ? html`<span class="muted"> · ${model.connection}</span>` : nothing}
        ${reason(model) ? html`<p class="models__why">${reason(model)}</p>` : nothing}
        ${model.description ? html`<p dir="auto">${model.description}</p>` : nothing}
        ${facts.length ? html`<p class="muted">${facts.join(" · ")}</p>` : nothing}
        ${remaining ? html`<p class="models__limit" data-tone=${remaining.tone}>${remaining.words}</p>` : nothing}</div>
      <button type="button" class="button button--quiet button--icon button--small" aria-pressed=${model.favourite} aria-label=${t("Favourite: {name}", { name: model.name })}
        title=${t("Favourite (Ctrl+D)")} @click=${(event: Event) => this.#star(event, model)}>${icon(model.favourite ? "starred" : "star")}</button>
    </footer>`;
  }

  get #several(): boolean {
    return new Set(this.page.models.all.map((model) => model.connection)).size > 1;
  }

  #search(event: InputEvent): void {
    this.#query = (event.target as HTMLInputElement).value;
    const found = sections(this.page.models.all, this.#query);
    this.#at = this.#query ? this.#first(found) : (this.page.choices.model?.id ?? null);
    this.requestUpdate();
    void this.updateComplete.then(() => this.#scroll());
  }

  #first(found: Section[]): string | null {
    return found[0]?.models[0]?.id ?? null;
  }

  #key(event: KeyboardEvent, shown: ModelChoice[]): void {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    const at = Math.max(0, shown.findIndex((model) => model.id === this.#at));
    const inBox = event.target instanceof HTMLInputElement;
    const goal = goals(at, shown.length, inBox)[event.key];
    if (goal !== undefined && shown.length) this.#mark(shown[goal] as ModelChoice, true);
    else if (event.key === "Enter" && shown[at]) this.#take(shown[at]);
    else if (event.key === "d" && (event.ctrlKey || event.metaKey) && shown[at]) this.#star(event, shown[at]);
    else return;
    event.preventDefault();
  }

  #mark(model: ModelChoice, scroll = false): void {
    if (this.#at === model.id) return;
    this.#at = model.id;
    this.requestUpdate();
    if (scroll) void this.updateComplete.then(() => this.#scroll());
  }

  #take(model: ModelChoice): void {
    if (!blocked(model)) this.dispatchEvent(new CustomEvent("taken", { detail: model.id }));
    else {
      this.#at = model.id;
      this.#said = reason(model);
      this.requestUpdate();
    }
  }

  #star(event: Event, model: ModelChoice): void {
    event.stopPropagation();
    event.preventDefault();
    this.#at = model.id;
    this.#said = model.favourite ? t("{name} is no favourite any more", { name: model.name }) : t("{name} is a favourite now", { name: model.name });
    void this.page.models.favour(model.id, !model.favourite);
  }

  #scroll(): void {
    this.querySelector("[data-at]")?.scrollIntoView({ block: "nearest" });
  }
}

/** A click would move the focus to the page behind, and the list would close before anything is taken. */
const keepFocus = (event: Event): void => event.preventDefault();

const blocked = (model: ModelChoice): boolean => Boolean(model.why) || !model.available;

const reason = (model: ModelChoice): string => model.why ?? (model.available ? "" : t("does not answer at the moment"));

const idOf = (model: ModelChoice, shown: ModelChoice[]): string => `model-options-${shown.indexOf(model)}`;

/** Where each key leads from the option at `at`; Home and End move the caret while something can be edited. */
function goals(at: number, length: number, inBox: boolean): Record<string, number> {
  const last = length - 1;
  const ends: Record<string, number> = inBox ? {} : { Home: 0, End: last };
  return { ArrowDown: at === last ? 0 : at + 1, ArrowUp: at === 0 ? last : at - 1, PageDown: Math.min(last, at + PAGE), PageUp: Math.max(0, at - PAGE), ...ends };
}

function badgeIcon(badge: Badge): unknown {
  const name = BADGE_ICONS[badge];
  return name ? html`<span class="model__badge" role="img" aria-label=${badgeName(badge)} title=${badgeName(badge)}>${icon(name)}</span>` : nothing;
}

function face(model: ModelChoice): unknown {
  return model.image
    ? html`<img class="model__face" src=${model.image} alt="" loading="lazy" width="28" height="28">`
    : html`<span class="model__face" aria-hidden="true">${[...model.name][0] ?? ""}</span>`;
}

function priceWords(price: NonNullable<ModelChoice["price"]>, language: string): string {
  const amount = (value: number | null): string => (value === null ? "?" : new Intl.NumberFormat(language, { maximumFractionDigits: 4 }).format(value));
  return t("{in} in and {out} out per million tokens", { in: amount(price.in), out: amount(price.out) });
}

customElements.define("model-options", ModelOptions);
