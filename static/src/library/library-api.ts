// The addresses of one library.
import { ApiError, getJson, remove } from "../chat/api.ts";
import { t } from "../i18n.ts";
import { token } from "./parts.ts";
import type { DocumentData } from "./wire.ts";

export class LibraryApi {
  readonly documents: string;

  constructor(library: string) {
    this.documents = `/api/libraries/${library}/documents`;
  }

  list(): Promise<DocumentData[]> {
    return getJson<DocumentData[]>(this.documents);
  }

  async retry(id: string): Promise<DocumentData> {
    const headers = { "X-CSRFToken": token(), Accept: "application/json" };
    const response = await fetch(`${this.documents}/${id}/retry`, { method: "POST", headers }).catch(() => null);
    if (response?.ok) return (await response.json()) as DocumentData;
    throw new ApiError(t("The server cannot be reached. Check your connection and try again."), response?.status ?? 0);
  }

  async remove(id: string): Promise<void> {
    try {
      await remove(`${this.documents}/${id}`);
    } catch (error) {
      // Already gone is gone.
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }
}
