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
    this.#model = model;
    try {
      localStorage.setItem(MODEL, model);
    } catch {
      // Forgotten with the tab, then.
    }
    this.changed();
  }

  toggleLibrary(id: string): void {
    const chosen = this.libraries.includes(id);
    this.libraries = chosen ? this.libraries.filter((other) => other !== id) : [...this.libraries, id];
    this.changed();
  }

  toggleWeb(): void {
    this.web = !this.web;
    this.changed();
  }

  /** A conversation that was asked before goes on as it was asked. */
  adopt(asked: Asking | null): void {
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
