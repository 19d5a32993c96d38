// The page about how libraries are searched: says that a trial is under way. Works without this.
import "../css/components/retrieval.css";
import "./panel.ts";
