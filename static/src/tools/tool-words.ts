// What became of a call, in words.
import { t } from "../i18n.ts";
import type { ToolCall } from "../chat/tool-call.ts";

export function stateWords({ state, ms }: ToolCall): string {
  switch (state) {
    case "waiting":
      return t("waits");
    case "running":
      return t("running…");
    case "done":
      return ms === undefined ? t("done") : t("done in {n} s", { n: (ms / 1000).toFixed(1) });
    case "again":
      return t("the same once more, not run");
    case "failed":
      return t("failed");
    case "refused":
      return t("refused");
    case "expired":
      return t("not answered in time");
    case "invalid":
      return t("asked for wrongly, not run");
    case "stopped":
      return t("stopped");
    default:
      return "";
  }
}
