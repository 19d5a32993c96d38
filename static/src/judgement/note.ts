// What a note will look like, while it is written.
import { LiveMarkdown } from "../markdown/live-markdown.ts";

const REST = 250; // ms without a key

export function previewNote(form: HTMLFormElement): void {
  const box = form.querySelector<HTMLTextAreaElement>("textarea");
  const host = form.querySelector<HTMLElement>("[data-preview]");
  if (!box || !host) return;
  form.querySelector("[data-preview-button]")?.remove();
  let timer = 0;
  const draw = (): void => {
    // Anew each time: a note is short, and any part of it may have changed.
    const fresh = host.cloneNode(false) as HTMLElement;
    const markdown = new LiveMarkdown(fresh);
    while (!markdown.show({ text: box.value, done: true, sources: new Set() }, performance.now() + 200));
    host.replaceChildren(...fresh.childNodes);
  };
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(draw, REST);
  });
  draw();
}
