// What the page shows only when somebody asks for it, in one bundle: the first load stays small.
import "../shared.ts";
import "./answer-editor.ts";
import "./answer-ledger.ts";
import "./differences-panel.ts";
import "./ledger-panel.ts";
import "./model-options.ts";
import "./rating-form.ts";
