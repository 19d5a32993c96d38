// What stands around code and tables: a bar with what can be done with them. The acts themselves are loaded when used.
import { t } from "../i18n.ts";

export const LONG = 30; // lines of code from which it can be folded
const PICTURES = /^(svg|html|mermaid)$/i; // what can be drawn

/** `data-act` of the buttons; see chat/block-acts.ts. */
export type Act = "show" | "copy" | "wrap" | "save" | "fold" | "csv" | "markdown";

/** Stored answers come with long code folded; code that grows before one's eyes stays open. */
export function codeBlock(pre: HTMLPreElement, stored: boolean): void {
  const block = document.createElement("figure");
  block.className = "code";
  block.dir = "ltr";
  const bar = document.createElement("figcaption");
  bar.className = "code__bar";
  const label = document.createElement("span");
  label.textContent = pre.dataset["lang"] || t("text");
  const acts = document.createElement("span");
  acts.className = "code__acts";
  acts.append(button("wrap", t("Wrap")), button("save", t("Download")), button("copy", t("Copy")));
  if (PICTURES.test(pre.dataset["lang"] ?? "")) acts.prepend(button("show", t("Show")));
  for (const act of ["show", "wrap"]) acts.querySelector(`[data-act=${act}]`)?.setAttribute("aria-pressed", "false");
  bar.append(label, acts);
  pre.replaceWith(block);
  pre.tabIndex = 0;
  pre.setAttribute("aria-label", t("Code"));
  block.append(bar, pre);
  const lines = (pre.textContent ?? "").trimEnd().split("\n").length;
  if (lines > LONG) foldable(block, lines, stored);
}

function foldable(block: HTMLElement, lines: number, folded: boolean): void {
  const fold = button("fold", "");
  fold.classList.add("code__fold");
  block.dataset["lines"] = String(lines);
  block.append(fold);
  setFolded(block, folded);
}

export function setFolded(block: HTMLElement, folded: boolean): void {
  block.toggleAttribute("data-folded", folded);
  const fold = block.querySelector(".code__fold");
  if (!fold) return;
  fold.textContent = folded ? t("Show all {n} lines", { n: Number(block.dataset["lines"]) }) : t("Show less");
  fold.setAttribute("aria-expanded", String(!folded));
}

export function scroller(table: HTMLTableElement): void {
  const frame = document.createElement("div");
  frame.className = "table-frame";
  const wrap = document.createElement("div");
  wrap.className = "table-scroll";
  wrap.tabIndex = 0;
  wrap.setAttribute("role", "region");
  wrap.setAttribute("aria-label", t("Table"));
  const acts = document.createElement("div");
  acts.className = "table-frame__acts";
  acts.append(button("csv", t("Copy as CSV")), button("markdown", t("Copy as Markdown")));
  table.replaceWith(frame);
  wrap.append(table);
  frame.append(wrap, acts);
}

function button(act: Act, words: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "code__copy";
  made.dataset["act"] = act;
  made.textContent = words;
  return made;
}
