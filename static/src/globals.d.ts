declare module "*.css";

/** File names of the style sheets in src/css/parts, by name; esbuild fills them in. */
declare const SHEETS: Record<string, string>;

/** Names in dist of PDF.js' worker and of the folder with what it reads. */
declare const PDF: { worker: string; files: string };

/** Name in dist of Mermaid, which runs in a frame of its own. */
declare const MERMAID: string;
