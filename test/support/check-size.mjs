// What browsers load, measured as they load it: bundled for them, minified, gzip. Reads the build (`npm run build`).
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('../..', import.meta.url));
const kB = 1000;

/** Modules that must not be part of the streaming client, nor of anything that it loads at once. */
const foreign = /onnxruntime|\/node_modules\/(ws|wavefile|protobufjs|commander)\//;

/** Bundles a module as an application for browsers would. */
async function bundle(input, external = []) {
  const build = await rolldown({
    input,
    platform: 'browser',
    external,
    resolve: { conditionNames: ['browser', 'module', 'import', 'default'] },
    logLevel: 'silent',
  });
  const { output } = await build.generate({ format: 'esm', minify: true });
  await build.close();
  return output.filter(({ type }) => type === 'chunk');
}

/** A page with this code. */
async function bundlePage(code) {
  const folder = mkdtempSync(join(root, 'test', '.size-'));
  try {
    writeFileSync(join(folder, 'page.js'), code);
    return await bundle(join(folder, 'page.js'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The chunks that are loaded at once, without those that are imported later. */
function atOnce(chunks) {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const found = new Set();
  const visit = (chunk) => {
    if (!chunk || found.has(chunk)) return;
    found.add(chunk);
    for (const name of chunk.imports) visit(byName.get(name));
  };
  visit(chunks.find(({ isEntry }) => isEntry));
  return [...found];
}

const gzipBytes = (chunks) => chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);

function folderBytes(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith('.onnx') || name === 'manifest.json');
  return files.reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0);
}

const client = atOnce(
  await bundlePage(`import { Recognizer } from '@undertone/client-sdk'; globalThis.Recognizer = Recognizer;`),
);
const files = new Set(client.map(({ fileName }) => fileName));
const strangers = [
  ...client.flatMap(({ moduleIds }) => moduleIds).filter((id) => foreign.test(id)),
  // What could not be bundled is of Node, or not there.
  ...client.flatMap(({ imports }) => imports).filter((name) => !files.has(name)),
];

/** What the mode `local` adds: in the page, and the worker that recognises. */
const page = atOnce(await bundlePage(`export { LocalModel } from '@undertone/client-sdk/local';`));
const worker = await bundle(join(root, 'client-sdk/dist/local/web/worker/local-worker.js'), [
  /^onnxruntime-web/,
]);

const rows = [
  ['streaming client', gzipBytes(client), 15 * kB],
  ['local recogniser, without ONNX', gzipBytes(page) + gzipBytes(worker), 60 * kB],
];
for (const [name, folder, budget] of [
  ['default model', 'models/default', 1000 * kB],
  ['int8 model', 'models/int8', 400 * kB],
]) {
  if (existsSync(join(root, folder))) rows.push([name, folderBytes(join(root, folder)), budget]);
}

for (const [name, bytes, budget] of rows) {
  const verdict = bytes <= budget ? 'ok' : 'TOO BIG';
  console.log(
    `${name.padEnd(32)} ${String(bytes).padStart(8)} of ${String(budget).padStart(8)} bytes  ${verdict}`,
  );
}
for (const id of strangers) console.error(`the streaming client must not hold ${id}`);
process.exitCode = strangers.length > 0 || rows.some(([, bytes, budget]) => bytes > budget) ? 1 : 0;
