// Sanitised nodes become the page's own: link rules, image boxes, citation chips, frames around code and tables.
import { t } from "../i18n.ts";
import { turnFrames } from "./direction.ts";
import { codeBlock, scroller } from "./frames.ts";
import { hostOf } from "./links.ts";

const BLOCKS = "p, h1, h2, h3, h4, h5, h6, li, blockquote, th, td";

/** `stored`: the whole was there when it was first drawn. */
export function furnish(root: DocumentFragment, sources: ReadonlySet<number>, stored: boolean): void {
  for (const block of root.querySelectorAll<HTMLElement>(BLOCKS)) block.dir = "auto";
  turnFrames(root);
  for (const link of root.querySelectorAll("a")) outside(link);
  for (const place of root.querySelectorAll<HTMLElement>("[data-image]")) place.replaceWith(imageBox(place));
  for (const mark of root.querySelectorAll<HTMLElement>("[data-cite]")) mark.replaceWith(...chips(mark, sources));
  for (const open of root.querySelectorAll<HTMLElement>("[data-open]")) open.className = "formula formula--source";
  for (const table of root.querySelectorAll("table")) scroller(table);
  for (const table of root.querySelectorAll("table[dir=rtl]")) table.closest(".table-frame")?.setAttribute("dir", "rtl");
  for (const pre of root.querySelectorAll("pre")) codeBlock(pre, stored);
}

function outside(link: HTMLAnchorElement): void {
  link.rel = "noopener noreferrer nofollow";
  link.target = "_blank";
}

/** A picture elsewhere is never fetched by reading an answer: following the link is the person's own act. */
function imageBox(place: HTMLElement): HTMLElement {
  const box = document.createElement("a");
  box.className = "image-box";
  box.href = place.dataset["image"] ?? "";
  outside(box);
  const host = hostOf(box.href);
  box.textContent = place.textContent
    ? t("Image “{alt}” at {host}: open in a new tab", { alt: place.textContent, host })
    : t("Image at {host}: open in a new tab", { host });
  return box;
}

function chips(mark: HTMLElement, sources: ReadonlySet<number>): Node[] {
  const numbers = (mark.dataset["cite"] ?? "").split(",").map(Number);
  const known = numbers.filter((n) => sources.has(n));
  if (!known.length) return [document.createTextNode(mark.textContent ?? "")];
  return known.map((n) => {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.className = "cite";
    chip.dataset["n"] = String(n);
    chip.textContent = String(n);
    chip.setAttribute("aria-label", t("Source {n}", { n }));
    return chip;
  });
}
