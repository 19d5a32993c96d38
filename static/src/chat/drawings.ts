// Code that is a picture: SVG as an image, in which nothing runs; HTML and Mermaid in a frame of no origin (chat/sandbox.py).
import { t } from "../i18n.ts";

type Drawn = "svg" | "html" | "mermaid";
interface FromFrame { ready?: boolean; height?: number; problem?: string }

const TALLEST = 0.8; // of the window
const LATEST = 10_000; // ms until a frame has to be there

/** Shows the picture in place of its code, or the code again. */
export async function toggle(block: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const there = block.querySelector(".drawing");
  there?.remove();
  block.toggleAttribute("data-drawn", !there);
  button.setAttribute("aria-pressed", String(!there));
  if (there) return;
  const place = document.createElement("div");
  place.className = "drawing";
  block.append(place);
  try {
    await draw(block.querySelector("pre")?.dataset["lang"]?.toLowerCase() as Drawn, block.querySelector("code")?.textContent ?? "", place);
  } catch (problem) {
    place.replaceChildren(notice((problem as Error).message));
  }
}

async function draw(kind: Drawn, code: string, place: HTMLElement): Promise<void> {
  if (kind === "svg") return image(code, place);
  const library = kind === "mermaid" ? await mermaid() : null;
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.title = kind === "mermaid" ? t("Diagram") : t("Page that the model wrote, shut off from everything else");
  frame.src = "/sandbox/";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const chosen = document.documentElement.dataset["theme"];
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(t("This could not be loaded. Check your connection and try again."))), LATEST);
    addEventListener("message", function heard({ source, data }: MessageEvent<FromFrame>) {
      if (!frame.isConnected) removeEventListener("message", heard);
      if (source !== frame.contentWindow) return;
      if (data.ready) {
        frame.contentWindow?.postMessage({ code, library, dark: chosen ? chosen === "dark" : dark }, "*");
        if (!library) settle();
      }
      if (data.height && library) settle(`${Math.min(Number(data.height) + 16, innerHeight * TALLEST)}px`);
      if (data.problem) reject(new Error(t("This diagram has a mistake: {problem}", { problem: data.problem })));
      function settle(height = ""): void {
        clearTimeout(late);
        removeEventListener("message", heard);
        frame.style.blockSize = height;
        resolve();
      }
    });
    place.append(frame);
  });
}

async function image(code: string, place: HTMLElement): Promise<void> {
  const picture = new Image();
  picture.alt = t("Picture that the model drew");
  const named = /\sxmlns\s*=/.test(code) ? code : code.replace(/<svg\b/, '<svg xmlns="http://www.w3.org/2000/svg"');
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(named)}`;
  try {
    await picture.decode();
  } catch {
    throw new Error(t("This picture has a mistake and cannot be shown."));
  }
  place.append(picture);
}

async function mermaid(): Promise<string> {
  const answer = await fetch(new URL(MERMAID, import.meta.url));
  if (!answer.ok) throw new Error(t("This could not be loaded. Check your connection and try again."));
  return answer.text();
}

function notice(words: string): HTMLElement {
  const made = document.createElement("p");
  made.className = "notice notice--error";
  made.setAttribute("role", "alert");
  made.textContent = words;
  return made;
}
