// What travels between the page and the server: frames of /ws/chat/ and the JSON of /api/chats.
import type { LimitsData } from "./limits.ts";
import type { Again, Origin } from "./origin.ts";
import type { ChatSettings } from "./chat-settings.ts";
import type { ImageWish, Made } from "./images/mode.ts";
import type { Rating } from "./ratings.ts";
import type { Decide, ToolCall } from "./tool-call.ts";

/** What became of one [n] when it was looked up; `where` is the passage it stands in instead. */
export interface Check {
  verdict: "found" | "elsewhere" | "missing" | "unchecked";
  where?: number;
  missed?: string[];
}

export interface Citation {
  n: number;
  title: string;
  url: string | null;
  document: string | null;
  document_name: string | null;
  page: number | null;
  heading: string;
  chunk?: number | null;
  text: string;
  score: number;
  cited: boolean;
  /** Of its marks, in the order of the text. */
  checks?: Check[];
  /** What has become of the document since; null when it stands as it stood. */
  state?: "gone" | "superseded" | "changed" | "withheld" | null; disagrees?: { n: number; says: string; instead: string; at: string; instead_at: string }[];
}

/** What became of one search engine. */
export interface EngineTold {
  name: string;
  state: "found" | "nothing" | "failed" | "too_slow" | "unneeded" | "not_asked";
  reason?: string;
  hits?: number;
  seconds?: number;
}

/** What became of one page; `mark` tells whether it is still the same. */
export interface PageTold {
  url?: string;
  title?: string;
  state: "fetched" | "snippet" | "refused" | "empty" | "too_slow";
  reason?: string;
  size?: number;
  seconds?: number;
  mark?: string;
  linked?: boolean;
}

/** What a search did for an answer. */
export interface Receipt {
  queries?: string[];
  engines?: EngineTold[];
  pages?: PageTold[];
  seconds?: number;
  problem?: string;
}

export type State = "complete" | "running" | "stopped" | "interrupted" | "failed";
export type Failure = { code: string; detail: string; retryable: boolean };

/** What the server of a model counted and how long it took, as far as it says. */
export interface Usage {
  prompt_tokens?: number;
  completion_tokens?: number;
  total_tokens?: number;
  first_token_ms?: number | null;
  tokens_per_second?: number | null;
  host?: string;
}

/** The model server read less than it was sent, and said nothing. */
export interface Truncation {
  seen: number;
  sent: number;
  /** Numbers of the passages that it did not see. */
  lost_passages: number[];
  /** A window that would hold all of it and may be had for one click. */
  can_raise_to: number | null;
}

/** Who wrote an answer; the digest changes with the weights behind the name. */
export interface Writer {
  id: string;
  name: string;
  digest?: string;
}

/** How a model stands that the chat was asked with last. */
export interface Standing {
  id: string;
  withdrawn: boolean;
  changed: boolean;
  why: string | null;
}

export interface AttachmentData {
  id: string;
  name: string;
  kind: "image" | "document";
  media_type: string;
  size: number;
  width: number | null;
  height: number | null;
  state: "ready" | "reading" | "failed";
  error: string | null; made?: Made;
}

export interface MessageData {
  id: number;
  parent: number | null;
  role: "user" | "assistant";
  text: string;
  reasoning: string;
  state: State;
  seq: number;
  stage: string;
  model: Writer | null;
  error: Failure | null;
  finish_reason: string | null;
  usage: Usage;
  sources: Citation[];
  origin?: Origin;
  rating?: Rating | null;
  /** A receipt as JSON, '' when nothing was searched. */
  search?: string;
  calls?: ToolCall[];
  siblings: number[];
  created_at: string;
  attachments?: AttachmentData[];
  host?: string;
  truncated?: Truncation | null;
  /** The message that its prompt began with; what stands above was left out. */
  told_from?: number | null;
}

export type Badge = "vision" | "tools" | "thinking";

/** A model, or an assistant that stands on one. */
export interface ModelChoice {
  id: string;
  name: string;
  connection: string;
  window: number | null;
  available: boolean;
  kind: "model" | "assistant";
  description: string;
  badges: Badge[];
  /** Whether one can say if it thinks, or how much; null when it does not. */
  thinking: "switch" | "levels" | null;
  favourite: boolean;
  used_at: string | null;
  /** Whether its server has it in memory; null when that is not known. */
  loaded: boolean | null;
  /** Per million tokens. */
  price: { in: number | null; out: number | null } | null;
  image: string | null;
  suggestions: string[];
  /** Why it cannot be taken now. */
  why: string | null;
}

export type ModelData = Pick<ModelChoice, "id" | "name" | "connection" | "window" | "available"> & Partial<ModelChoice>;

export interface Library {
  id: string;
  name: string;
  /** Empty for one's own. */
  owner?: string;
}

export interface ChatSummary {
  id: string;
  title: string;
  updated_at: string;
  running: boolean;
  pinned?: boolean;
  archived?: boolean;
  folder?: string | null;
  /** No model writes its title any more. */
  locked?: boolean;
  tags?: string[];
}

export interface Folder {
  id: string;
  name: string;
  prompt: string;
  libraries: string[];
}

export interface ChatData extends ChatSummary {
  models: string[];
  libraries: string[];
  web_search: boolean;
  standing?: Standing[];
  settings?: ChatSettings;
  /** The leaf of the branch that is shown. */
  active: number | null;
  messages: MessageData[];
  before: string | null;
}

export interface SearchResult {
  chat: string;
  title: string;
  message: number | null;
  snippet: string;
  /** [start, end] of the words in the snippet, in code points. */
  marks: [number, number][];
  updated_at: string;
}

export interface Boot {
  user: { name: string; email: string; administrator: boolean }; remembers?: boolean;
  chat: string | null;
  models: ModelData[];
  libraries: Library[];
  web_search: boolean; images?: boolean; tools?: boolean;
  language: string;
  /** `accept`: the endings of documents that are read. */
  limits: { message: number; upload_mb: number; accept?: string[] };
  remaining?: LimitsData;
  /** What this server can hear and say for this person; null where that is nothing. */
  voice?: { hears: boolean; speaks: boolean } | null;
}
type Numbered = { message: number; seq: number };
export type MessageFrame =
  | ({ type: "status"; stage: string; detail: string } & Numbered)
  | ({ type: "sources"; sources: Citation[] } & Numbered)
  | ({ type: "delta"; text: string } & Numbered)
  | ({ type: "reasoning"; text: string } & Numbered)
  | ({ type: "done"; usage: Usage; finish_reason: string | null; truncated?: Truncation | null; told_from?: number | null; evidence?: Record<string, Check[]> } & Numbered)
  | ({ type: "error"; id?: unknown; message: number; seq: number } & Failure);

export interface Accepted {
  type: "accepted";
  id: string;
  chat: string;
  message: number;
  parent?: number | null;
  title?: string;
  replies: { message: number; model: string; origin?: Origin }[];
}

/** A notice about a chat: a new title, a question or an end that another tab brought about. */
export interface ChatNotice {
  type: "chat";
  chat: string;
  title: string;
  running?: boolean;
  /** Its messages are to be fetched again. */
  changed?: boolean;
}

/** A frame that could not be obeyed; it belongs to the frame with this id and to no message. */
export interface Refused extends Failure {
  type: "error";
  id: unknown;
  message: null;
}

export type ServerFrame = MessageFrame | Accepted | Refused | ChatNotice | { type: "pong" };
export interface Asking {
  models: string[];
  libraries: string[];
  web_search: boolean;
  tools?: number[];
  /** The models are those of this question alone. */
  once?: boolean;
  settings?: ChatSettings; image?: ImageWish;
}

export type Regenerate = { type: "regenerate"; id: string; message: number } & Again;
export type ClientFrame =
  | ({
      type: "send";
      id: string;
      client_id: string;
      chat: string | null;
      parent: number | null;
      folder?: string;
      edits?: number;
      text: string;
      attachments?: string[];
    } & Asking)
  | ({ type: "temporary"; id: string; text: string; said: { role: "user" | "assistant"; text: string }[] } & Asking)
  | Regenerate
  | { type: "continue"; id: string; message: number }
  | { type: "stop"; message: number }
  | Decide
  | { type: "resume"; id: string; message: number; after: number }
  | { type: "ping"; seen: Record<number, number> };
