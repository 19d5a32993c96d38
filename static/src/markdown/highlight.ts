// Colours for code, loaded with the first fence that needs them: the core once, each language on its own.
import type { HLJSApi, LanguageFn } from "highlight.js";
import { sanitisedCode } from "./sanitise.ts";

type Loaded = Promise<{ default: LanguageFn }>;

const LONGEST = 60_000; // characters; longer code stays plain
const PART = 6_000; // characters that are coloured in one go

const LANGUAGES: Record<string, () => Loaded> = {
  bash: () => import("highlight.js/lib/languages/bash"),
  c: () => import("highlight.js/lib/languages/c"),
  cpp: () => import("highlight.js/lib/languages/cpp"),
  csharp: () => import("highlight.js/lib/languages/csharp"),
  css: () => import("highlight.js/lib/languages/css"),
  diff: () => import("highlight.js/lib/languages/diff"),
  dockerfile: () => import("highlight.js/lib/languages/dockerfile"),
  go: () => import("highlight.js/lib/languages/go"),
  ini: () => import("highlight.js/lib/languages/ini"),
  java: () => import("highlight.js/lib/languages/java"),
  javascript: () => import("highlight.js/lib/languages/javascript"),
  json: () => import("highlight.js/lib/languages/json"),
  kotlin: () => import("highlight.js/lib/languages/kotlin"),
  latex: () => import("highlight.js/lib/languages/latex"),
  lua: () => import("highlight.js/lib/languages/lua"),
  makefile: () => import("highlight.js/lib/languages/makefile"),
  markdown: () => import("highlight.js/lib/languages/markdown"),
  nginx: () => import("highlight.js/lib/languages/nginx"),
  php: () => import("highlight.js/lib/languages/php"),
  powershell: () => import("highlight.js/lib/languages/powershell"),
  python: () => import("highlight.js/lib/languages/python"),
  r: () => import("highlight.js/lib/languages/r"),
  ruby: () => import("highlight.js/lib/languages/ruby"),
  rust: () => import("highlight.js/lib/languages/rust"),
  scss: () => import("highlight.js/lib/languages/scss"),
  sql: () => import("highlight.js/lib/languages/sql"),
  swift: () => import("highlight.js/lib/languages/swift"),
  typescript: () => import("highlight.js/lib/languages/typescript"),
  xml: () => import("highlight.js/lib/languages/xml"),
  yaml: () => import("highlight.js/lib/languages/yaml"),
};

const ALIASES: Record<string, string> = {
  sh: "bash", shell: "bash", zsh: "bash", console: "bash", "c++": "cpp", cs: "csharp", "c#": "csharp", docker: "dockerfile",
  golang: "go", toml: "ini", js: "javascript", jsx: "javascript", mjs: "javascript", kt: "kotlin", tex: "latex",
  make: "makefile", md: "markdown", ps1: "powershell", py: "python", python3: "python", rb: "ruby", rs: "rust",
  ts: "typescript", tsx: "typescript", html: "xml", svg: "xml", vue: "xml", yml: "yaml",
};

let core: Promise<HLJSApi> | null = null;

/** Colours the element's code when the language is known and the page has time; leaves it as it is otherwise. */
export function highlight(code: HTMLElement, language: string): void {
  const name = ALIASES[language.toLowerCase()] ?? language.toLowerCase();
  const text = code.textContent ?? "";
  if (!LANGUAGES[name] || text.length > LONGEST) return;
  void load(name).then((hljs) => whenIdle(() => colour(hljs, name, code, text)));
}

async function load(name: string): Promise<HLJSApi> {
  core ??= import("highlight.js/lib/core").then((module) => module.default);
  const [hljs, definition] = await Promise.all([core, LANGUAGES[name]?.()]);
  if (definition && !hljs.getLanguage(name)) hljs.registerLanguage(name, definition.default);
  return hljs;
}

/** Part by part, for a long one would hold the page up. Nothing moves: the same characters get colours. */
function colour(hljs: HLJSApi, name: string, code: HTMLElement, text: string, from = 0): void {
  const rest = code.lastChild;
  if (!(rest instanceof Text) || rest.data !== text.slice(from)) return;
  const end = endOfPart(text, from);
  const html = hljs.highlight(text.slice(from, end), { language: name, ignoreIllegals: true }).value;
  rest.before(sanitisedCode(html));
  rest.deleteData(0, end - from);
  if (end < text.length) whenIdle(() => colour(hljs, name, code, text, end));
  else rest.remove();
}

/** A part ends where a new thing begins at the margin, so that no string or comment is cut. */
export function endOfPart(text: string, from: number): number {
  if (text.length - from <= PART) return text.length;
  const start = /\n\n(?=[^\s)\]}])/g;
  start.lastIndex = from + PART / 2;
  const found = start.exec(text);
  if (found && found.index < from + 2 * PART) return found.index + 2;
  return text.indexOf("\n", from + PART) + 1 || text.length;
}

/** Safari has no requestIdleCallback. */
function whenIdle(work: () => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(work, { timeout: 1000 });
  else setTimeout(work, 50);
}
