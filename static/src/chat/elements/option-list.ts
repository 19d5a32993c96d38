// Search box and list of a picker: typing filters, arrows move, Enter takes. Used by the model and the library picker.
import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../i18n.ts";
import { NOT_AT_ALL, rank, wordsOf } from "../fitting.ts";
import { icon } from "./icon.ts";

export interface Option {
  id: string;
  name: string;
  group: string;
  chosen: boolean;
  note?: string;
}

export interface OptionList {
  id: string;
  label: string;
  options: Option[];
  query: string;
  at: number;
  multiple: boolean;
  empty: string;
  search: (query: string) => void;
  move: (at: number) => void;
  take: (id: string) => void;
}

/** Those that fit, the best of each group first. */
export function matching(options: Option[], query: string): Option[] {
  const words = wordsOf(query);
  if (!words.length) return options;
  const groups = [...new Set(options.map(({ group }) => group))];
  const ranked = options.map((option) => ({ option, rank: rank(words, option.name, option.group) })).filter(({ rank: found }) => found < NOT_AT_ALL);
  return groups.flatMap((group) => ranked.filter(({ option }) => option.group === group).sort((one, other) => one.rank - other.rank)).map(({ option }) => option);
}

/** A click would move the focus to the page behind, and the list would close before anything is taken. */
const keepFocus = (event: Event): void => event.preventDefault();

export function optionList(list: OptionList): TemplateResult {
  const found = matching(list.options, list.query);
  const at = Math.min(list.at, found.length - 1);
  const groups = new Set(list.options.map((option) => option.group)).size > 1;
  const key = (event: KeyboardEvent): void => {
    if (event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) list.move((at + step + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter" && found[at]) list.take(found[at].id);
    else return;
    event.preventDefault();
  };
  return html`
    <label class="picker__search">${icon("search")}
      <input class="bare" type="text" role="combobox" autocomplete="off" spellcheck="false" aria-expanded="true"
        aria-label=${list.label} placeholder=${list.label} aria-controls=${list.id}
        aria-activedescendant=${found[at] ? `${list.id}-${at}` : nothing} .value=${list.query} @keydown=${key}
        @input=${(event: InputEvent) => list.search((event.target as HTMLInputElement).value)}>
    </label>
    <ul class="picker__list" @mousedown=${keepFocus} id=${list.id} role="listbox" aria-label=${list.label} aria-multiselectable=${list.multiple}>
      ${found.map((option, index) => html`
        ${groups && option.group !== found[index - 1]?.group
          ? html`<li class="picker__group" role="presentation">${option.group}</li>` : nothing}
        <li class="picker__option" id="${list.id}-${index}" role="option" aria-selected=${option.chosen}
          data-at=${index === at ? "" : nothing} @pointermove=${() => index === at || list.move(index)}
          @click=${() => list.take(option.id)}>
          <span class="picker__name"><bdi>${option.name}</bdi>${option.note ? html`<small>${option.note}</small>` : nothing}</span>
          ${option.chosen ? icon("check") : nothing}
        </li>`)}
    </ul>
    ${found.length ? nothing : html`<p class="picker__empty" role="status">${list.query ? t("Nothing fits “{query}”.", { query: list.query }) : list.empty}</p>`}
  `;
}
