declare module "*.css";

/** File name of the formula style sheet; esbuild fills it in. */
declare const MATHS_SHEET: string;
