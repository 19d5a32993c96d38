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

  /** Where the keyboard stands when what it stood on in here is gone; without one, that of what is around. */
  protected get home(): HTMLElement | null {
    return null;
  }

  protected override performUpdate(): void {
    const focused = this.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
    super.performUpdate();
    if (!focused || document.activeElement !== document.body) return;
    // What is moved loses the focus as well.
    if (focused.isConnected) focused.focus({ preventScroll: true });
    else this.#goHome();
  }

  #goHome(): void {
    for (let around: Element | null = this; around; around = around.parentElement) {
      const home = around instanceof LightElement ? around.home : null;
      if (home) return home.focus({ preventScroll: true });
    }
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
