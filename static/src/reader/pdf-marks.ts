// Draws the cited words over a page: runs of its strings become <mark> in the elements of its text layer.
import type { Run } from "./letters.ts";

export function drawMarks(elements: readonly HTMLElement[], runs: readonly Run[]): void {
  const byElement = new Map<number, Run[]>();
  for (const run of runs) byElement.set(run.item, [...(byElement.get(run.item) ?? []), run]);
  for (const [item, own] of byElement) {
    const element = elements[item];
    if (element) element.replaceChildren(...pieces(element.textContent ?? "", own));
  }
}

function pieces(text: string, runs: readonly Run[]): Node[] {
  const nodes: Node[] = [];
  let at = 0;
  for (const { from, to } of [...runs].sort((one, other) => one.from - other.from)) {
    if (from > at) nodes.push(document.createTextNode(text.slice(at, from)));
    const mark = document.createElement("mark");
    mark.textContent = text.slice(Math.max(at, from), to);
    nodes.push(mark);
    at = to;
  }
  if (at < text.length) nodes.push(document.createTextNode(text.slice(at)));
  return nodes;
}
