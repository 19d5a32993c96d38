// What was read of a document, drawn: headings, paragraphs, tables, with the cited words marked.
import { html, nothing } from "lit";
import type { Section, Sheet } from "./wire.ts";

/** A piece of text, marked or not. */
type Piece = [string, boolean];

export function sheetView(sheet: Sheet): unknown {
  let above = "";
  return html`<article class="sheet" dir="auto">${sheet.sections.map((section) => {
    const heading = section.heading === above ? nothing : html`<h3 class="sheet__heading"><bdi>${section.heading}</bdi></h3>`;
    above = section.heading;
    return html`<section>${section.heading ? heading : nothing}${blocks(section)}</section>`;
  })}</article>`;
}

/** Runs of rows are tables, all else is paragraphs. */
function blocks(section: Section): unknown[] {
  const drawn: unknown[] = [];
  let rows: Piece[][] = [];
  let words: Piece[][] = [];
  const flush = (): void => {
    if (rows.length) drawn.push(table(rows));
    if (words.length) drawn.push(html`<p class="sheet__text" dir="auto">${words.map((line, at) => html`${at ? "\n" : ""}${line.map(marked)}`)}</p>`);
    rows = [];
    words = [];
  };
  for (const line of lines(section.parts)) {
    const text = line.map(([piece]) => piece).join("");
    if (!text.trim()) flush();
    else if (isRow(text)) {
      if (words.length) flush();
      rows.push(line);
    } else {
      if (rows.length) flush();
      words.push(line);
    }
  }
  flush();
  return drawn;
}

export function lines(parts: readonly Piece[]): Piece[][] {
  const found: Piece[][] = [[]];
  for (const [text, mark] of parts) {
    text.split("\n").forEach((piece, at) => {
      if (at) found.push([]);
      if (piece) found.at(-1)?.push([piece, mark]);
    });
  }
  return found;
}

function isRow(text: string): boolean {
  return /^\s*\|.*\|\s*$/.test(text);
}

/** Cells of a row of Markdown; "\|" is no border. */
export function cells(line: readonly Piece[]): Piece[][] {
  const found: Piece[][] = [[]];
  for (const [text, mark] of line) {
    text.split(/(?<!\\)\|/).forEach((piece, at) => {
      if (at) found.push([]);
      if (piece.trim()) found.at(-1)?.push([piece.replaceAll("\\|", "|").trim(), mark]);
    });
  }
  return found.slice(1, -1);
}

function table(rows: Piece[][]): unknown {
  const isRule = (line: Piece[]): boolean => /^[\s|:-]+$/.test(line.map(([piece]) => piece).join(""));
  const hasHead = rows[1] !== undefined && isRule(rows[1]);
  const body = rows.slice(hasHead ? 1 : 0).filter((line) => !isRule(line));
  return html`<div class="table-scroll" tabindex="0"><table class="sheet__table">
    ${hasHead ? html`<thead><tr>${cells(rows[0] ?? []).map((cell) => html`<th scope="col" dir="auto">${cell.map(marked)}</th>`)}</tr></thead>` : nothing}
    <tbody>${body.map((line) => html`<tr>${cells(line).map((cell) => html`<td dir="auto">${cell.map(marked)}</td>`)}</tr>`)}</tbody></table></div>`;
}

function marked([text, mark]: Piece): unknown {
  return mark ? html`<mark>${text}</mark>` : text;
}
