import type { ReactiveController } from "lit";
import type { LightElement } from "./light-element.ts";

/** A list that opens beside its button; closes on Escape, on a click elsewhere and when the focus leaves. Unless it has
 * left, the focus goes back to where it came from. */
export class Popup implements ReactiveController {
  open = false;
  #host: LightElement;
  #closed: () => void;
  #origin: HTMLElement | null = null;

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
    if (open) this.#origin = document.activeElement as HTMLElement | null;
    else if (this.#host.contains(document.activeElement)) this.#back();
    this.#set(open);
  }

  #set(open: boolean): void {
    this.open = open;
    if (!open) this.#closed();
    this.#host.requestUpdate();
  }

  /** A browser that gives buttons no focus when they are clicked has it on the page itself. */
  #back(): void {
    const origin = this.#origin?.isConnected && this.#origin !== document.body ? this.#origin : null;
    (origin ?? this.#host.querySelector<HTMLElement>("[data-opens]"))?.focus();
  }

  /** What is clicked has the focus next. */
  #outside = (event: Event): void => {
    if (this.open && !this.#host.contains(event.target as Node)) this.#set(false);
  };

  #left = (event: FocusEvent): void => {
    const to = event.relatedTarget as Node | null;
    if (this.open && to && !this.#host.contains(to)) this.toggle(false);
  };

  #key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !this.open) return;
    event.stopPropagation();
    this.#back();
    this.#set(false);
  };
}
