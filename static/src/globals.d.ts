declare module "*.css";

/** File names of the style sheets in src/css/parts, by name; esbuild fills them in. */
declare const SHEETS: Record<string, string>;
