// Which way a text runs, told by its first letter, as browsers do for `dir="auto"`.
const FROM_RIGHT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

export function runsFromRight(text: string): boolean {
  const letter = /\p{L}/u.exec(text)?.[0];
  return letter !== undefined && FROM_RIGHT.test(letter);
}

/**
 * Lists, quotes and tables of such a text: their numbers, bars and columns begin at the right. `auto` would not see the
 * text, for it stands in paragraphs and cells that have a direction of their own.
 */
export function turnFrames(root: ParentNode): void {
  for (const frame of root.querySelectorAll<HTMLElement>("ul, ol, li, blockquote, table")) {
    if (runsFromRight(frame.textContent ?? "")) frame.dir = "rtl";
  }
}
