// A table as text for other programs.

/** RFC 4180. What a spreadsheet would take for a formula is kept as words: it came from a model. */
export function csv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n");
}

function cell(text: string): string {
  const tame = /^[=@\t]|^[+-](?!\s*[\d.,]+\s*%?$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}

/** `aligns` are "left", "center", "right" or "", by column. */
export function markdownTable(rows: readonly (readonly string[])[], aligns: readonly string[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]): string => `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = head.map((_, at) => ({ left: ":---", center: ":---:", right: "---:" })[aligns[at] ?? ""] ?? "---");
  return [line(head), line(rule), ...body.map(line)].join("\n");
}
