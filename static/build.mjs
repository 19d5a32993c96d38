// Bundles src/entries/*.ts into dist/ and writes dist/manifest.json, which the `asset` template tag reads.
// `node build.mjs --test` bundles src/**/*.test.ts instead and runs them with Node's own test runner.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const SOURCE = join(HERE, "src");
const DIST = join(HERE, "dist");
const COMPRESSED = /\.(js|css|svg)$/;
const KEPT = /^(manifest|stamp|catalogue|favicon|icon-|worker\.js)/;
// PDF.js in the form for browsers that are some years old. Its worker and what that reads are files of their own.
const PDF = join(HERE, "node_modules", "pdfjs-dist");
const MERMAID = join(HERE, "node_modules", "@mermaid-js", "tiny", "dist", "mermaid.tiny.js");
const PDF_FOLDERS = { cmaps: /\.bcmap$/, standard_fonts: /\.(pfb|ttf)$/, wasm: /_nowasm_fallback\.js$/ };

const common = {
  absWorkingDir: HERE,
  bundle: true,
  minify: true,
  metafile: true,
  target: ["es2022", "chrome123", "firefox120", "safari17.5"],
  outdir: DIST,
  entryNames: "[name]-[hash]",
  chunkNames: "part-[name]-[hash]",
  assetNames: "[name]-[hash]",
  // woff2 is enough for every browser that runs the page at all.
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty" },
  legalComments: "none",
  logLevel: "warning",
};

function walk(folder, matches) {
  return readdirSync(folder, { recursive: true }).map((name) => join(folder, name)).filter((path) => matches.test(path));
}

async function bundle() {
  // These style sheets are loaded only with what needs them, so the script must know their hashed names.
  const parts = await build({ ...common, entryPoints: walk(join(SOURCE, "css", "parts"), /\.css$/) });
  const sheets = Object.entries(parts.metafile.outputs).filter(([, { entryPoint }]) => entryPoint);
  const names = sheets.map(([name, { entryPoint }]) => [basename(entryPoint, ".css"), basename(name)]);
  const pdf = copyPdf();
  const mermaid = copyHashed(MERMAID, "mermaid");
  const pages = await build({
    ...common,
    entryPoints: walk(join(SOURCE, "entries"), /\.ts$/),
    format: "esm",
    splitting: true,
    define: { SHEETS: JSON.stringify(Object.fromEntries(names)), PDF: JSON.stringify(pdf), MERMAID: JSON.stringify(mermaid) },
  });
  const alone = await bundleAlone([...Object.keys(parts.metafile.outputs), ...Object.keys(pages.metafile.outputs)]);
  const outputs = { ...parts.metafile.outputs, ...pages.metafile.outputs, ...alone };
  writeManifest(outputs);
  sweep(new Set([...Object.keys(outputs).map((name) => basename(name)), pdf.worker, pdf.files, mermaid]));
  copyFileSync(join(SOURCE, "favicon.svg"), join(DIST, "favicon.svg"));
  for (const path of walk(join(SOURCE, "icons"), /\.png$/)) copyFileSync(path, join(DIST, basename(path)));
  compress();
}

/** The offline page's script, which shares no file with other pages, and the service worker, whose name never changes. */
async function bundleAlone(names) {
  const offline = await build({ ...common, entryPoints: [join(SOURCE, "alone", "offline.ts")], format: "esm" });
  const made = Object.keys(offline.metafile.outputs);
  const stamp = createHash("sha256").update([...names, ...made].sort().join()).digest("hex").slice(0, 12);
  const worker = { entryPoints: [join(SOURCE, "alone", "worker.ts")], entryNames: "[name]", format: "iife", define: { BUILD: JSON.stringify(stamp) } };
  await build({ ...common, ...worker });
  return offline.metafile.outputs;
}

/** Names in dist of the worker, and of the folder with character maps, fonts and decoders. */
function copyPdf() {
  const worker = copyHashed(join(PDF, "legacy", "build", "pdf.worker.min.mjs"), "pdf-worker");
  const names = { worker, files: worker.replace(/^pdf-worker-(.*)\.js$/, "pdf-$1.files") };
  for (const [folder, wanted] of Object.entries(PDF_FOLDERS)) {
    mkdirSync(join(DIST, names.files, folder), { recursive: true });
    for (const path of walk(join(PDF, folder), wanted)) copyFileSync(path, join(DIST, names.files, folder, basename(path)));
  }
  return names;
}

/** A file that runs by itself, as it is; returns its name in dist. */
function copyHashed(source, name) {
  const bytes = readFileSync(source);
  const hashed = `${name}-${createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase()}.js`;
  writeFileSync(join(DIST, hashed), bytes);
  return hashed;
}

function writeManifest(outputs) {
  const entries = {};
  for (const [name, output] of Object.entries(outputs)) {
    if (!output.entryPoint?.match(/^src\/(entries|alone)\//)) continue;
    entries[basename(output.entryPoint, ".ts")] = {
      script: basename(name),
      imports: statics(outputs, name).map((path) => basename(path)),
      css: output.cssBundle ? basename(output.cssBundle) : null,
    };
  }
  writeFileSync(join(DIST, "manifest.json"), JSON.stringify(entries, null, 1));
}

/** Everything the browser needs before `name` can run: its static imports and theirs. */
function statics(outputs, name, seen = new Set()) {
  for (const { path, kind } of outputs[name].imports) {
    if (kind !== "import-statement" || seen.has(path)) continue;
    seen.add(path);
    statics(outputs, path, seen);
  }
  return [...seen];
}

function sweep(fresh) {
  for (const name of readdirSync(DIST)) {
    if (!fresh.has(name) && !KEPT.test(name)) rmSync(join(DIST, name), { recursive: true });
  }
}

function compress() {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  for (const path of walk(DIST, COMPRESSED)) {
    if (statSync(path).size < 1000) continue;
    const bytes = readFileSync(path);
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, quality));
  }
}

async function test() {
  const outdir = mkdtempSync(join(tmpdir(), "page-tests-"));
  try {
    await build({
      ...common,
      entryPoints: walk(SOURCE, /\.test\.ts$/),
      outdir,
      minify: false,
      format: "esm",
      platform: "node",
      target: "node20",
      outExtension: { ".js": ".mjs" },
      entryNames: "[name]",
    });
    const run = spawnSync(process.execPath, ["--test", ...walk(outdir, /\.mjs$/)], { stdio: "inherit" });
    process.exitCode = run.status ?? 1;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

await (process.argv.includes("--test") ? test() : bundle());
