// What the next question is asked with: model, libraries, web search. Remembered on this device.
import { Observable } from "./observable.ts";
import type { Asking, Boot, Library, ModelChoice } from "./wire.ts";

const MODEL = "model";

export class Choices extends Observable {
  readonly models: readonly ModelChoice[];
  readonly allLibraries: readonly Library[];
  readonly webPossible: boolean;
  libraries: string[] = [];
  web = false;
  #model: string | null;
  #touched = false;

  constructor(boot: Boot) {
    super();
    this.models = boot.models;
    this.allLibraries = boot.libraries;
    this.webPossible = boot.web_search;
    this.#model = remembered();
  }

  /** The chosen model, else the first that answers. */
  get model(): ModelChoice | null {
    const usable = this.models.filter((model) => model.available);
    return this.models.find((model) => model.id === this.#model) ?? usable[0] ?? this.models[0] ?? null;
  }

  get asking(): Asking {
    return {
      models: this.model ? [this.model.id] : [],
      libraries: this.libraries,
      web_search: this.web && this.webPossible,
    };
  }

  choose(model: string): void {
    this.#touched = true;
    this.#model = model;
    try {
      localStorage.setItem(MODEL, model);
    } catch {
      // Forgotten with the tab, then.
    }
    this.changed();
  }

  toggleLibrary(id: string): void {
    this.#touched = true;
    const chosen = this.libraries.includes(id);
    this.libraries = chosen ? this.libraries.filter((other) => other !== id) : [...this.libraries, id];
    this.changed();
  }

  toggleWeb(): void {
    this.#touched = true;
    this.web = !this.web;
    this.changed();
  }

  /** Another conversation is opened; how it was asked comes later. */
  begin(): void {
    this.#touched = false;
  }

  /** A conversation that was asked before goes on as it was asked, unless something was chosen meanwhile. */
  adopt(asked: Asking | null): void {
    if (this.#touched) return;
    const known = new Set(this.allLibraries.map((library) => library.id));
    this.libraries = (asked?.libraries ?? []).filter((id) => known.has(id));
    this.web = asked?.web_search ?? false;
    const [model] = asked?.models ?? [];
    this.#model = model && this.models.some((choice) => choice.id === model) ? model : remembered();
    this.changed();
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(MODEL);
  } catch {
    return null;
  }
}
