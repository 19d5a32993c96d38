// The pages of libraries: files arrive by drop or picker, and each says how far it is. Works without this, more slowly.
import "../css/components/access.css";
import "../css/components/bench.css";
import "../css/components/why.css";
import "../css/components/documents.css";
import "../css/components/golden.css";
import "../css/components/library.css";
import "../css/components/radar.css";
import "../css/components/usage.css";
import "../css/components/share.css";
import { LibraryPage } from "../library/library-page.ts";
import { wireSharing } from "../library/sharing.ts";
import type { LibraryData } from "../library/wire.ts";
import { pageData } from "../page-data.ts";

const data = pageData<LibraryData>("library");
if (data) new LibraryPage(data).start();
const search = document.querySelector<HTMLFormElement>("[data-people]");
if (search) wireSharing(search);
document.querySelector("mark[id]")?.scrollIntoView({ block: "start" });
