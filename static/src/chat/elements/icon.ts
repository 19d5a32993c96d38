import { html, type TemplateResult } from "lit";
import { unsafeSVG } from "lit/directives/unsafe-svg.js";
import drawings from "../../icons.json";

/** One of our own drawings, hidden from screen readers: the words beside it speak. */
export function icon(name: keyof typeof drawings): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${unsafeSVG(drawings[name])}</svg>`;
}
