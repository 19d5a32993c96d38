import type { ReactiveController } from "lit";
import type { LightElement } from "./light-element.ts";

/** A list that opens beside its button; closes on Escape, on a click elsewhere and when the focus leaves. */
export class Popup implements ReactiveController {
  open = false;
  #host: LightElement;
  #closed: () => void;

  constructor(host: LightElement, closed: () => void = () => undefined) {
    this.#host = host;
    this.#closed = closed;
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener("pointerdown", this.#outside);
    this.#host.addEventListener("keydown", this.#key);
    this.#host.addEventListener("focusout", this.#left);
  }

  hostDisconnected(): void {
    document.removeEventListener("pointerdown", this.#outside);
    this.#host.removeEventListener("keydown", this.#key);
    this.#host.removeEventListener("focusout", this.#left);
  }

  toggle(open = !this.open): void {
    if (open === this.open) return;
    this.open = open;
    if (!open) this.#closed();
    this.#host.requestUpdate();
  }

  #outside = (event: Event): void => {
    if (this.open && !this.#host.contains(event.target as Node)) this.toggle(false);
  };

  #left = (event: FocusEvent): void => {
    const to = event.relatedTarget as Node | null;
    if (this.open && to && !this.#host.contains(to)) this.toggle(false);
  };

  #key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !this.open) return;
    event.stopPropagation();
    this.toggle(false);
    this.#host.querySelector<HTMLElement>("[data-opens]")?.focus();
  };
}
