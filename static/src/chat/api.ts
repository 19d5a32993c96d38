// /api with the session cookie. Every refusal becomes an ApiError with a sentence for the person.
import { t } from "../i18n.ts";

export class ApiError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export function getJson<T>(path: string): Promise<T> {
  return request<T>("GET", path);
}

export function patchJson<T>(path: string, body: unknown): Promise<T> {
  return request<T>("PATCH", path, body);
}

export function postJson<T>(path: string, body: unknown): Promise<T> {
  return request<T>("POST", path, body);
}

export function putJson<T = null>(path: string, body?: unknown): Promise<T> {
  return request<T>("PUT", path, body);
}

export async function postForFile(path: string, body: unknown): Promise<Blob> {
  return (await answer("POST", path, body)).blob();
}

/** `keepalive` lets it finish although the page goes away. */
export function remove<T = null>(path: string, keepalive = false): Promise<T> {
  return request<T>("DELETE", path, undefined, keepalive);
}

/** A last word while the page goes away; nobody waits for what becomes of it. */
export function sendAway(path: string, body: unknown): void {
  void request("POST", path, body, true).catch(() => undefined);
}

/** The same for a state that is put in its place. */
export function sendLast(method: "PUT", path: string, body: unknown): void {
  void request(method, path, body, true).catch(() => undefined);
}

/** A form with files, or JSON as text, and whatever comes back. */
export function postForm(path: string, body: FormData | string, signal: AbortSignal | null = null): Promise<Response> {
  return answer("POST", path, body, false, signal);
}

async function request<T>(method: string, path: string, body?: unknown, keepalive = false): Promise<T> {
  const response = await answer(method, path, body, keepalive);
  return response.status === 204 ? (null as T) : ((await response.json()) as T);
}

async function answer(method: string, path: string, body?: unknown, keepalive = false, signal: AbortSignal | null = null): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  const ready = typeof body === "string" || body instanceof FormData;
  if (body !== undefined && !(body instanceof FormData)) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, { method, headers, keepalive, signal, body: body === undefined ? null : ready ? body : JSON.stringify(body) });
  } catch {
    throw new ApiError(t("The server cannot be reached. Check your connection and try again."), 0);
  }
  if (response.status === 401) location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname)}`);
  if (!response.ok) throw new ApiError(await sentence(response), response.status);
  return response;
}

async function sentence(response: Response): Promise<string> {
  try {
    const { detail, error } = (await response.json()) as { detail?: unknown; error?: { message?: unknown } };
    const said = detail ?? error?.message;
    if (typeof said === "string") return said;
  } catch {
    // Not JSON: a proxy's page, or nothing at all.
  }
  return t("The server refused this ({status}). Try again, or reload the page.", { status: response.status });
}

function csrfToken(): string {
  const fromForm = document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
  return fromForm?.value ?? "";
}
