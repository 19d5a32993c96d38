// English is the source text; other languages come with the page in <script id="catalogue">.
import { pageData } from "./page-data.ts";

type Values = Record<string, string | number>;

const catalogue: Record<string, string> = pageData("catalogue") ?? {};

/** The text in the person's language, with {name} filled in. */
export function t(text: string, values: Values = {}): string {
  return fill(catalogue[text] ?? text, values);
}

/** Like `t`, for a number: `one` is the catalogue's key, `{n}` the number. */
export function tn(one: string, other: string, n: number, values: Values = {}): string {
  return fill(catalogue[one] ?? (n === 1 ? one : other), { n, ...values });
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
