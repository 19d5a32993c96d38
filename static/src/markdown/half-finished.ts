// The last paragraph of a growing text, made whole: an open ** or ` would flicker between mark and meaning.

export function completed(text: string): string {
  const start = text.lastIndexOf("\n\n") + 1;
  return text.slice(0, start) + paragraph(text.slice(start));
}

function paragraph(text: string): string {
  if (/^ {0,3}(```|~~~)/m.test(text)) return text;
  const shorn = text.replace(/(?:\[|【)\s*\d*(?:\s*,\s*\d*)*$/, "").replace(/!?\[([^\]\n]*)\]\([^)\s]*$/, "$1");
  if (count(shorn, "`") % 2) return `${shorn}\``;
  const bare = shorn.replace(/`[^`]*`/g, "");
  if (count(bare, "**") % 2 === 0) return shorn;
  return /\*\*\s*$/.test(shorn) ? shorn.replace(/\*\*\s*$/, "") : `${shorn.trimEnd()}**`;
}

function count(text: string, mark: string): number {
  return text.split(mark).length - 1;
}
