// A letter in a colour for each web host, in the place of its icon: nothing is asked of the host for it.
import { html, nothing } from "lit";
import { hostOf } from "../markdown/links.ts";

const HUES = 8;

export interface HostMark {
  letter: string;
  /** 0…7; the style sheet has a colour for each. */
  hue: number;
}

/** The same for every page of a host, with or without www. */
export function markOf(address: string): HostMark | null {
  const host = hostOf(address).replace(/^www\d?\./, "");
  const letter = /[\p{L}\p{N}]/u.exec(host)?.[0];
  if (!letter) return null;
  let sum = 0;
  for (const character of host) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return { letter: letter.toUpperCase(), hue: sum % HUES };
}

/** Beside the host's name, which says the same: hidden from screen readers. */
export function hostMark(address: string | null | undefined): unknown {
  const mark = address ? markOf(address) : null;
  return mark ? html`<span class="host-mark" data-hue=${mark.hue} aria-hidden="true">${mark.letter}</span>` : nothing;
}
