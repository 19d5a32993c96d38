// What this server can hear and say for this person, and asking it to. Every refusal is an Error with a sentence.
import "../chat/shared.ts";
import { ApiError, getJson, postForm } from "../chat/api.ts";

export interface House {
  hears: boolean;
  speaks: boolean;
  voices: string[];
  voice: string;
  speed: number;
  ears: "server" | "browser";
}

let known: Promise<House> | null = null;

/** Asked once for each page. */
export function house(): Promise<House> {
  known ??= getJson<House>("/api/voice").catch((error: unknown) => {
    known = null;
    throw error;
  });
  return known;
}

/** The language that people speak here, as in ISO 639-1. */
export function language(): string {
  return document.documentElement.lang.toLowerCase().split("-")[0] ?? "en";
}

export async function wordsOf(sound: Blob): Promise<string> {
  const form = new FormData();
  const ending = /mp4/.test(sound.type) ? "m4a" : /ogg/.test(sound.type) ? "ogg" : "webm";
  form.append("file", sound, `said.${ending}`);
  form.append("model", "default");
  form.append("language", language());
  const answer = await postForm("/v1/audio/transcriptions", form);
  const { text } = (await answer.json()) as { text: string };
  return text;
}

export async function soundOf(input: string, speed: number, signal: AbortSignal): Promise<ArrayBuffer> {
  const answer = await postForm("/v1/audio/speech", JSON.stringify({ model: "default", input, speed, response_format: "mp3" }), signal);
  return answer.arrayBuffer();
}

export function sentenceOf(error: unknown): string {
  return error instanceof ApiError || error instanceof Error ? error.message : String(error);
}
