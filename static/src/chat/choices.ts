// What the next question is asked with: model, libraries, web search. Remembered on this device.
import type { Models } from "./models.ts";
import { Observable } from "./observable.ts";
import type { Asking, Boot, Library, ModelChoice, Standing } from "./wire.ts";

const MODEL = "model";

export class Choices extends Observable {
  readonly models: Models;
  readonly allLibraries: readonly Library[];
  readonly webPossible: boolean;
  libraries: string[] = [];
  web = false;
  #model: string | null;
  #touched = false;
  #withdrawn = "";

  constructor(boot: Boot, models: Models) {
    super();
    this.models = models;
    this.allLibraries = boot.libraries;
    this.webPossible = boot.web_search;
    this.#model = remembered();
  }

  /** The chosen model, else the first that answers. */
  get model(): ModelChoice | null {
    const { all } = this.models;
    return this.models.get(this.#model) ?? all.find((model) => model.available && !model.why) ?? all[0] ?? null;
  }

  /** Why the chat cannot go on with its model; empty as soon as another is chosen. */
  get withdrawn(): string {
    return this.#withdrawn;
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
    this.#withdrawn = "";
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
    this.#withdrawn = "";
  }

  /** A conversation that was asked before goes on as it was asked, unless something was chosen meanwhile. */
  adopt(asked: Asking | null, standing: readonly Standing[] = []): void {
    if (this.#touched) return;
    this.#withdrawn = standing.find(({ withdrawn }) => withdrawn)?.why ?? "";
    const known = new Set(this.allLibraries.map((library) => library.id));
    this.libraries = (asked?.libraries ?? []).filter((id) => known.has(id));
    this.web = asked?.web_search ?? false;
    const [model] = asked?.models ?? [];
    this.#model = this.models.get(model) ? (model ?? null) : remembered();
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
