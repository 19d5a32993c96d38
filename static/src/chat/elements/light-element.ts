import { LitElement } from "lit";
import type { Observable } from "../observable.ts";

/** A Lit element in the light DOM that redraws when one of the models it follows changes. */
export class LightElement extends LitElement {
  #followed = new Map<Observable, () => void>();

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    // What the server drew until the script came.
    if (!this.hasUpdated) this.replaceChildren();
    super.connectedCallback();
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.follow();
  }

  /** Follows exactly these models from now on. */
  protected follow(...models: (Observable | null | undefined)[]): void {
    const wanted = new Set(models.filter((model) => model !== null && model !== undefined));
    for (const [model, stop] of this.#followed) {
      if (wanted.has(model)) continue;
      stop();
      this.#followed.delete(model);
    }
    for (const model of wanted) {
      if (!this.#followed.has(model)) this.#followed.set(model, model.watch(() => this.requestUpdate()));
    }
  }
}
