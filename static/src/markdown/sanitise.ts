// The wall between what a model wrote and our page: an allow list, applied to every piece of HTML before it is a node.
import createDOMPurify from "dompurify";

/** Made when there is a page: what shares this file with the unit tests has none. */
let made: ReturnType<typeof createDOMPurify> | undefined;
const purify = (): ReturnType<typeof createDOMPurify> => (made ??= createDOMPurify(window));

const TAGS = [
  "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "del", "code", "pre", "ul", "ol", "li",
  "blockquote", "table", "thead", "tbody", "tr", "th", "td", "a", "span", "div",
];
// Whatever is not listed here is judged as an address.
const PLAIN = [
  "title", "start", "align", "data-lang", "data-tex", "data-display", "data-open", "data-cite", "data-image",
];
const ATTRIBUTES = ["href", ...PLAIN];
const SCHEMES = /^(?:https?|mailto):/i;

export function sanitised(html: string): DocumentFragment {
  return purify().sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ADD_URI_SAFE_ATTR: PLAIN,
    ALLOWED_URI_REGEXP: SCHEMES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}

/** Coloured code: spans with classes and nothing else. */
export function sanitisedCode(html: string): DocumentFragment {
  return purify().sanitize(html, {
    ALLOWED_TAGS: ["span"],
    ALLOWED_ATTR: ["class"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}
