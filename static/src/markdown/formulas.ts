// KaTeX, loaded with the first formula. It writes nodes and sets styles through the CSSOM, which a strict policy allows.
import { loadSheet } from "../sheets.ts";
import { painter } from "./painter.ts";

type Katex = typeof import("katex").default;

let loading: Promise<Katex> | null = null;
let loaded: Katex | null = null;

const WAITING = "[data-tex]:not(.formula)";
/** Formulas that came before KaTeX: a chat that is opened has dozens, and together they would hold up the page. */
const early: HTMLElement[] = [];

/** Draws every formula in these nodes; what KaTeX does not understand stays readable as source. */
export function drawFormulas(nodes: readonly Node[]): void {
  const elements = nodes.filter((node) => node instanceof HTMLElement);
  const places = elements.flatMap((node) => [...(node.matches(WAITING) ? [node] : []), ...node.querySelectorAll<HTMLElement>(WAITING)]);
  if (!places.length) return;
  if (loaded) draw(loaded, places);
  else {
    early.push(...places);
    void load().then(() => painter.request(drawEarly));
  }
}

/** From the end, where a reader begins. */
function drawEarly(deadline: number): boolean {
  while (loaded && early.length) {
    const place = early.pop();
    if (place?.isConnected) draw(loaded, [place]);
    if (performance.now() >= deadline) break;
  }
  return !early.length;
}

function load(): Promise<Katex> {
  loading ??= (async () => {
    void loadSheet("maths");
    loaded = (await import("katex")).default;
    return loaded;
  })();
  return loading;
}

function draw(katex: Katex, places: HTMLElement[]): void {
  for (const place of places) {
    const tex = place.dataset["tex"] ?? "";
    const displayMode = place.dataset["display"] === "1";
    place.classList.add("formula");
    place.classList.toggle("formula--display", displayMode);
    place.dir = "ltr";
    try {
      katex.render(tex, place, { displayMode, throwOnError: true, trust: false, strict: "ignore", maxExpand: 300, maxSize: 30 });
    } catch {
      place.classList.add("formula--source");
      place.textContent = tex;
    }
  }
}
