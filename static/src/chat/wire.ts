// What travels between the page and the server: frames of /ws/chat/ and the JSON of /api/chats.

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
}

export type State = "complete" | "running" | "stopped" | "interrupted" | "failed";

export interface Failure {
  code: string;
  detail: string;
  retryable: boolean;
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
  model: { id: string; name: string } | null;
  error: Failure | null;
  finish_reason: string | null;
  usage: Record<string, number>;
  sources: Citation[];
  siblings: number[];
  created_at: string;
}

export interface ModelChoice {
  id: string;
  name: string;
  connection: string;
  window: number | null;
  available: boolean;
}

export interface Library {
  id: string;
  name: string;
}

export interface ChatSummary {
  id: string;
  title: string;
  updated_at: string;
  running: boolean;
}

export interface ChatData extends ChatSummary {
  models: string[];
  libraries: string[];
  web_search: boolean;
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
  updated_at: string;
}

export interface Boot {
  user: { name: string; email: string; administrator: boolean };
  chat: string | null;
  models: ModelChoice[];
  libraries: Library[];
  web_search: boolean;
  language: string;
  limits: { message: number; upload_mb: number };
}

interface Numbered {
  message: number;
  seq: number;
}

export type MessageFrame =
  | ({ type: "status"; stage: string; detail: string } & Numbered)
  | ({ type: "sources"; sources: Citation[] } & Numbered)
  | ({ type: "delta"; text: string } & Numbered)
  | ({ type: "reasoning"; text: string } & Numbered)
  | ({ type: "done"; usage: Record<string, number>; finish_reason: string | null } & Numbered)
  | ({ type: "error"; id?: unknown; message: number; seq: number } & Failure);

export interface Accepted {
  type: "accepted";
  id: string;
  chat: string;
  message: number;
  parent?: number | null;
  title?: string;
  replies: { message: number; model: string }[];
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
}

export type ClientFrame =
  | ({
      type: "send";
      id: string;
      client_id: string;
      chat: string | null;
      parent: number | null;
      edits?: number;
      text: string;
      attachments: never[];
    } & Asking)
  | ({ type: "regenerate"; id: string; message: number } & Partial<Asking>)
  | { type: "continue"; id: string; message: number }
  | { type: "stop"; message: number }
  | { type: "resume"; id: string; message: number; after: number }
  | { type: "ping"; seen: Record<number, number> };
