// The makers of pictures that this person may ask, fetched once and again when a picture was made.
import { getJson } from "../api.ts";

export interface ImageServer {
  id: string;
  name: string;
  sizes: string[];
  most: number;
  /** Of today; null without a limit. */
  left: number | null;
  edits: boolean;
  negative: boolean;
  seeds: boolean;
  price: number | null;
}

let asked: Promise<ImageServer[]> | null = null;

/** Raises ApiError. */
export function imageServers(afresh = false): Promise<ImageServer[]> {
  if (!asked || afresh) {
    asked = getJson<ImageServer[]>("/api/images/servers");
    asked.catch(() => (asked = null));
  }
  return asked;
}
