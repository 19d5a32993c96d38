import { html } from "lit";

/** Text with what was looked for marked in it; `marks` are [start, end] in code points, in order. */
export function marked(text: string, marks: [number, number][]): unknown {
  const letters = [...text];
  let at = 0;
  const parts = marks.map(([start, end]) => {
    const before = letters.slice(at, start).join("");
    at = end;
    return html`${before}<mark>${letters.slice(start, end).join("")}</mark>`;
  });
  return html`${parts}${letters.slice(at).join("")}`;
}
