// What may become a page or a script here: answers and files of our own server. The browser refuses every other way
// (`require-trusted-types-for`), so whoever writes `innerHTML` finds out at once.
// Method: W3C, Trusted Types, 4.1 (injection sinks) and 2.3 (policies).

const policy = (typeof window === "undefined" ? undefined : window)?.trustedTypes?.createPolicy("webui", {
  createHTML: (html: string) => html,
  createScriptURL: (address: string) => {
    if (new URL(address, location.href).origin !== location.origin) throw new TypeError(`${address} is not ours`);
    return address;
  },
});

/** The page that our own server answered with. Its scripts never run. */
export async function pageOf(answer: Response): Promise<Document> {
  if (new URL(answer.url, location.href).origin !== location.origin) throw new TypeError(`${answer.url} is not ours`);
  const html = await answer.text();
  return new DOMParser().parseFromString((policy?.createHTML(html) ?? html) as string, "text/html");
}

/** The address of a worker's script. Raises TypeError unless it lies on our own server. */
export function scriptOf(address: string): string {
  return (policy?.createScriptURL(address) ?? address) as string;
}
