const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/** The address when it may be followed: absolute, and http, https or mailto. Anything else is null and stays text. */
export function safeAddress(href: string): string | null {
  try {
    const url = new URL(href.trim());
    return SCHEMES.has(url.protocol) && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

/** The host a person sees for it. */
export function hostOf(href: string): string {
  try {
    const url = new URL(href);
    return url.protocol === "mailto:" ? url.pathname : url.host;
  } catch {
    return "";
  }
}
