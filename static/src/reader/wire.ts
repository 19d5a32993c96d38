// What /api/chats/…/sources/… tells of a citation and of the document that it leads to.
import type { Citation } from "../chat/wire.ts";

/** `parts` are [text, marked], in the order of the text. */
export interface Section {
  heading: string;
  parts: [string, boolean][];
}

/** A page of what was read; `paged` when these are the pages of the file. */
export interface Sheet {
  number: number;
  count: number;
  paged: boolean;
  sections: Section[];
}

/** `library` and `address` are empty for a file that went with a question; `file` is where its bytes are. */
export interface ReadDocument {
  id: string;
  name: string;
  library: string;
  address: string;
  file: string;
  pdf: boolean;
  size: number;
  url: string | null;
}

export interface Reading {
  source: Citation;
  read_at: string;
  document: ReadDocument | null;
  /** `found`: the words stand in what is read of the document now. */
  place: { found: boolean; page: number | null } | null;
  sheet: Sheet | null;
}
