// What the server says of documents (knowledge/api.py: document_to_wire).

export interface DocumentData {
  readonly id: string;
  readonly name: string;
  readonly status: "queued" | "processing" | "ready" | "failed";
  readonly stage: "" | "reading" | "embedding" | "checking";
  readonly progress: number;
  readonly error: string;
  readonly chunks: number;
  readonly chunks_done: number;
  readonly pages: number | null;
}

export interface LibraryData {
  readonly library: string;
  readonly limit_mb: number;
  /** May add and remove. */
  readonly writes: boolean;
  readonly documents: readonly DocumentData[];
}

/** It will change by itself. */
export function isMoving(document: DocumentData): boolean {
  return document.status === "queued" || document.status === "processing";
}
