// The pages of libraries: files arrive by drop or picker, and each says how far it is. Works without this, more slowly.
import "../css/components/library.css";
import { LibraryPage } from "../library/library-page.ts";
import type { LibraryData } from "../library/wire.ts";
import { pageData } from "../page-data.ts";

const data = pageData<LibraryData>("library");
if (data) new LibraryPage(data).start();
document.querySelector("mark[id]")?.scrollIntoView({ block: "start" });
