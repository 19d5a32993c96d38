// For the unit tests: a server whose answers and frames come when the test says so.
import type { Boot, ChatData, ClientFrame, MessageData, ModelData } from "./wire.ts";

export interface Request {
  method: string;
  path: string;
  body: unknown;
  answer(body: unknown, status?: number): Promise<void>;
  fail(): Promise<void>;
}

export const settled = (): Promise<void> => new Promise((done) => void setImmediate(done));

/** What the page asked for over HTTP and waits for, in order. */
export function slowServer(): Request[] {
  const requests: Request[] = [];
  globalThis.fetch = (path, init) =>
    new Promise((resolve, reject) => {
      requests.push({
        method: init?.method ?? "GET",
        path: String(path),
        body: init?.body ? JSON.parse(String(init.body)) : null,
        answer: (body, status = 200) => (resolve(new Response(status === 204 ? null : JSON.stringify(body), { status })), settled()),
        fail: () => (reject(new TypeError("offline")), settled()),
      });
    });
  return requests;
}

/** The newest line that the page opened; the page believes it to be a WebSocket. */
export class FakeLine extends EventTarget {
  static lines: FakeLine[] = [];
  static readonly OPEN = 1;
  readyState = 0;
  sent: ClientFrame[] = [];

  constructor() {
    super();
    FakeLine.lines.push(this);
  }

  static get last(): FakeLine {
    return this.lines.at(-1) as FakeLine;
  }

  open(): void {
    this.readyState = FakeLine.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame);
  }

  says(frame: object): void {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(frame) }));
  }

  close(code = 1006): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }

  /** The frames of this kind that the page has sent. */
  heard<T extends ClientFrame["type"]>(type: T): Extract<ClientFrame, { type: T }>[] {
    return this.sent.filter((frame): frame is Extract<ClientFrame, { type: T }> => frame.type === type);
  }
}

/** Puts the browser's globals in place that the models use. */
export function fakeBrowser(): void {
  const storage = (): object => {
    const kept = new Map<string, string>();
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
      removeItem: (key: string) => kept.delete(key),
    };
  };
  FakeLine.lines = [];
  Object.assign(globalThis, { window: globalThis, WebSocket: FakeLine, localStorage: storage(), sessionStorage: storage() });
  Object.assign(globalThis, { document: { querySelector: () => null, getElementById: () => null } });
}

export function model(id: string, change: Partial<ModelData> = {}): ModelData {
  return { id, name: id, connection: "Lab", window: null, available: true, ...change };
}

export const boot = (chat: string | null): Boot => ({
  user: { name: "Alice", email: "alice@example.org", administrator: false },
  chat,
  models: [model("qwen")],
  libraries: [],
  web_search: false,
  language: "en",
  limits: { message: 100_000, upload_mb: 50 },
});

export function question(id: number, parent: number | null, text = `question ${id}`): MessageData {
  return { ...answer(id, parent ?? 0, text), role: "user", parent, model: null };
}

export function answer(id: number, parent: number, text = `answer ${id}`, change: Partial<MessageData> = {}): MessageData {
  return {
    id, parent, role: "assistant", text, reasoning: "", state: "complete", seq: 9, stage: "generating",
    model: { id: "qwen", name: "qwen" }, error: null, finish_reason: "stop", usage: {}, sources: [], siblings: [id],
    created_at: "2026-01-01T00:00:00Z", ...change,
  };
}

export function chatData(messages: MessageData[], active: number | null, change: Partial<ChatData> = {}): ChatData {
  return {
    id: "c", title: "Chat", updated_at: "2026-01-01T00:00:00Z", running: false, models: ["qwen"], libraries: [],
    web_search: false, active, before: null, messages, ...change,
  };
}
