// Style sheets that only a part of the page needs, loaded with that part.

const loading = new Map<string, Promise<void>>();

/** Resolves when the sheet is there, or could not be had: words without colours are better than no words. */
export function loadSheet(name: string): Promise<void> {
  let promise = loading.get(name);
  if (!promise) {
    promise = new Promise((resolve) => {
      const sheet = document.createElement("link");
      sheet.rel = "stylesheet";
      sheet.href = new URL(SHEETS[name] ?? "", import.meta.url).href;
      sheet.addEventListener("load", () => resolve());
      sheet.addEventListener("error", () => resolve());
      document.head.append(sheet);
    });
    loading.set(name, promise);
  }
  return promise;
}
