// Where words stand in what is drawn, whatever their case, and across the borders of bold type or links.

const MARKED_LATIN = /^[a-z][\u0300-\u036f]+$/;

/** A character as it is compared: one for one, so that places stay. */
export function folded(char: string): string {
  if (/\s/.test(char)) return " ";
  const plain = char.normalize("NFKC").toLowerCase();
  const apart = plain.normalize("NFD");
  const bare = MARKED_LATIN.test(apart) ? apart.slice(0, 1) : plain;
  return bare.length === char.length ? bare : char;
}

export function foldedText(text: string): string {
  return [...text].map(folded).join("").replace(/ +/g, " ").trim();
}

interface Letters {
  text: string;
  /** For each character of the text, its node and place there. */
  nodes: Text[];
  offsets: number[];
}

/** Ranges of all places in `root` where `wanted`, folded already, stands. */
export function rangesOf(root: Node, wanted: string): Range[] {
  if (!wanted) return [];
  const { text, nodes, offsets } = lettersOf(root);
  const found: Range[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    const last = at + wanted.length - 1;
    const range = document.createRange();
    range.setStart(nodes[at] as Text, offsets[at] as number);
    range.setEnd(nodes[last] as Text, (offsets[last] as number) + 1);
    found.push(range);
  }
  return found;
}

function lettersOf(root: Node): Letters {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  const offsets: number[] = [];
  let text = "";
  for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
    let offset = 0;
    for (const char of node.data) {
      const one = folded(char);
      if (one !== " " || !text.endsWith(" ")) {
        for (let part = 0; part < one.length; part += 1) {
          nodes.push(node);
          offsets.push(offset + part);
        }
        text += one;
      }
      offset += char.length;
    }
  }
  return { text, nodes, offsets };
}
