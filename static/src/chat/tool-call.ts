// A call of a tool as it travels, and what its person says to it.

/** A call of a tool, as it stands now. */
export interface ToolCall {
  n: number;
  name: string;
  title?: string;
  server?: string;
  arguments?: Record<string, unknown>;
  state: "waiting" | "running" | "done" | "again" | "failed" | "refused" | "expired" | "invalid" | "stopped" | "off";
  /** Characters of the answer that stood before it. */
  at?: number;
  why?: string;
  /** When its wait ends, in seconds since 1970. */
  until?: number;
  /** It can be allowed for the whole chat. */
  lasting?: boolean;
  nature?: "reads" | "writes" | "destroys";
  result?: string;
  ms?: number;
}

/** A person's word for a call that waits. */
export interface Decide {
  type: "decide";
  id: string;
  message: number;
  call: number;
  choice: "once" | "chat" | "refuse";
}
