// The addresses of one library.
import { ApiError, getJson, remove } from "../chat/api.ts";
import { t } from "../i18n.ts";
import { token } from "./parts.ts";
import type { DocumentData, Progress } from "./wire.ts";

export class LibraryApi {
  readonly documents: string;
  readonly #library: string;

  constructor(library: string) {
    this.#library = `/api/libraries/${library}`;
    this.documents = `${this.#library}/documents`;
  }

  /** The page of the list that the address bar names. */
  progress(page: number): Promise<Progress> {
    const asked = new URLSearchParams(location.search);
    const wanted = new URLSearchParams({ page: String(page) });
    for (const name of ["state", "name"]) if (asked.get(name)) wanted.set(name, asked.get(name) ?? "");
    return getJson<Progress>(`${this.#library}/progress?${wanted}`);
  }

  /** `act` is "retry" or "cancel". */
  async act(id: string, act: string): Promise<DocumentData> {
    const headers = { "X-CSRFToken": token(), Accept: "application/json" };
    const response = await fetch(`${this.documents}/${id}/${act}`, { method: "POST", headers }).catch(() => null);
    if (response?.ok) return (await response.json()) as DocumentData;
    throw new ApiError(t("The server cannot be reached. Check your connection and try again."), response?.status ?? 0);
  }

  async removeJob(id: number): Promise<void> {
    await remove(`${this.#library}/jobs/${id}`);
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
