// The administration's pages about rights; the table of models and groups is the only one that needs a script.
import "../css/components/access.css";
import "../css/components/matrix.css";
import "../css/components/servers.css";
import "../css/components/usage.css";
import { Matrix } from "../access/matrix.ts";

const form = document.querySelector<HTMLFormElement>("[data-matrix]");
if (form) new Matrix(form);
