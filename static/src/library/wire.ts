// What the server says of documents and jobs (knowledge/api.py: document_to_wire, knowledge/intake_jobs.py: to_wire).

export interface DocumentData {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly status: "queued" | "processing" | "ready" | "failed";
  readonly stage: "" | "reading" | "embedding" | "checking";
  readonly progress: number;
  readonly error: string;
  readonly chunks: number;
  readonly chunks_done: number;
  readonly pages: number | null;
  /** Nothing of it is found any more: another one stands in its place. */
  readonly superseded: boolean;
}

/** An archive that is unpacked, or a site that is fetched. */
export interface JobData {
  readonly id: number;
  readonly kind: "archive" | "site";
  readonly name: string;
  readonly status: "queued" | "working" | "done" | "failed" | "cancelled";
  readonly over: boolean;
  readonly done: number;
  readonly total: number;
  readonly taken: number;
  readonly known: number;
  readonly refused: number;
}

export type Counts = Record<"all" | "moving" | "ready" | "failed", number>;

/** A page of the list, and how far everything is. */
export interface Progress {
  readonly page: number;
  readonly pages: number;
  readonly counts: Counts;
  readonly documents: readonly DocumentData[];
  readonly jobs: readonly JobData[];
}

export interface LibraryData extends Progress {
  readonly library: string;
  readonly limit_mb: number;
  /** May add and remove. */
  readonly writes: boolean;
}

/** What an upload is answered with. */
export type Taken = (DocumentData & { readonly created: boolean; readonly job?: undefined }) | { readonly job: JobData };
