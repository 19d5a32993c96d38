// What the buttons around code and tables do. Loaded with the first click on one.
import "./shared.ts";
import type { Act } from "../markdown/frames.ts";
import { setFolded } from "../markdown/frames.ts";
import { copyText } from "./elements/clipboard.ts";
import { csv, markdownTable } from "./table-text.ts";

const ENDINGS: Record<string, string> = {
  bash: "sh", c: "c", cpp: "cpp", csharp: "cs", css: "css", diff: "diff", dockerfile: "Dockerfile", go: "go", html: "html", java: "java",
  javascript: "js", json: "json", kotlin: "kt", latex: "tex", lua: "lua", markdown: "md", php: "php", powershell: "ps1", python: "py", r: "r",
  ruby: "rb", rust: "rs", scss: "scss", sh: "sh", sql: "sql", swift: "swift", typescript: "ts", xml: "xml", yaml: "yaml",
  js: "js", ts: "ts", py: "py", rb: "rb", rs: "rs", yml: "yaml", md: "md", kt: "kt", cs: "cs", tex: "tex", shell: "sh", zsh: "sh", toml: "toml", ini: "ini",
};

export function act(button: HTMLButtonElement): void {
  const block = button.closest<HTMLElement>(".code, .table-frame");
  if (!block) return;
  const code = block.querySelector("code")?.textContent ?? "";
  const acts: Record<Act, () => void> = {
    show: () => void import("./drawings.ts").then(({ toggle }) => toggle(block, button)),
    copy: () => void copyText(button, code),
    wrap: () => button.setAttribute("aria-pressed", String(block.toggleAttribute("data-wrapped"))),
    save: () => save(code, block.querySelector("pre")?.dataset["lang"] ?? ""),
    fold: () => fold(block),
    csv: () => void copyText(button, csv(rowsOf(block))),
    markdown: () => void copyText(button, markdownTable(rowsOf(block), alignsOf(block))),
  };
  acts[button.dataset["act"] as Act]?.();
}

function fold(block: HTMLElement): void {
  setFolded(block, !block.hasAttribute("data-folded"));
  // Whoever folds from the end of it would otherwise look at what comes after.
  if (block.hasAttribute("data-folded") && block.getBoundingClientRect().top < 0) block.scrollIntoView({ block: "nearest" });
}

function save(code: string, language: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([code], { type: "text/plain" }));
  link.download = `code.${ENDINGS[language.toLowerCase()] ?? "txt"}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function rowsOf(block: HTMLElement): string[][] {
  return [...block.querySelectorAll("tr")].map((row) => [...row.cells].map((cell) => words(cell)));
}

function alignsOf(block: HTMLElement): string[] {
  return [...(block.querySelector("tr")?.cells ?? [])].map((cell) => cell.getAttribute("align") ?? "");
}

/** Without the numbers of citations, and formulas as they were written. */
function words(cell: HTMLElement): string {
  const copy = cell.cloneNode(true) as HTMLElement;
  for (const chip of copy.querySelectorAll(".cite")) chip.remove();
  for (const formula of copy.querySelectorAll(".katex")) formula.replaceWith(formula.querySelector("annotation")?.textContent ?? "");
  return (copy.textContent ?? "").replace(/\s+/g, " ").trim();
}
