/**
 * Builds `client-sdk/dist/web`, the files that browsers load by URL: the worker of the local recogniser, the worklet of
 * live audio, ONNX Runtime's WebAssembly, the models that ship, and the whole SDK as modules for pages without a
 * bundler. Runs after `tsc -b`.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { writeModelPack } from '../dist/local/web/worker/model-pack.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiled = join(root, 'dist');
const web = join(compiled, 'web');
/** Made aside and put into place when it is whole. */
const out = `${web}-${process.pid}`;
const modelsFolder = fileURLToPath(new URL('../../models', import.meta.url));
const shippedModels = ['default', 'int8'];

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** With the notice that its licence asks for, whose version must be that of the package. */
function copyRuntime() {
  const require = createRequire(import.meta.url);
  const notice = readFileSync(new URL('third-party-licences.txt', import.meta.url), 'utf8');
  const { version } = JSON.parse(
    readFileSync(join(dirname(require.resolve('onnxruntime-web/wasm')), '../package.json'), 'utf8'),
  );
  if (!notice.includes(`ONNX Runtime ${version} `))
    throw new Error(`Expected the notice of ONNX Runtime ${version}.`);
  writeFileSync(join(out, 'third-party-licences.txt'), notice);
  const name = 'ort-wasm-simd-threaded.wasm';
  const path = require.resolve(`onnxruntime-web/${name}`);
  copyFileSync(path, join(out, name));
  return sha256(readFileSync(path));
}

/** Golden outputs and the card stay behind: a page does not read them. */
function packModels() {
  const packed = {};
  for (const name of shippedModels) {
    const folder = join(modelsFolder, name);
    const manifest = readFileSync(join(folder, 'manifest.json'));
    const files = new Map([['manifest.json', manifest]]);
    for (const { path } of Object.values(JSON.parse(manifest.toString()).files)) {
      files.set(path, readFileSync(join(folder, path)));
    }
    const pack = writeModelPack(files);
    writeFileSync(join(out, 'models', `${name}.bin`), pack);
    packed[name] = sha256(pack);
  }
  return packed;
}

const shared = {
  platform: 'browser',
  resolve: { conditionNames: ['browser', 'import', 'default'] },
  logLevel: 'warn',
};

async function buildWorker(name, input, define = {}) {
  const bundle = await rolldown({
    ...shared,
    input: { [name]: join(compiled, input) },
    transform: { define },
  });
  await bundle.write({
    dir: out,
    format: 'esm',
    minify: true,
    codeSplitting: false,
    entryFileNames: '[name].js',
  });
  await bundle.close();
}

/** One module per entry of the package, with what they share in modules of their own; all in one folder. */
async function buildPages() {
  const bundle = await rolldown({
    ...shared,
    input: {
      undertone: join(compiled, 'index.js'),
      capture: join(compiled, 'browser/index.js'),
      local: join(compiled, 'local/web/index.js'),
    },
    plugins: [assetsBesideModules],
  });
  await bundle.write({
    dir: out,
    format: 'esm',
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'part-[name].js',
  });
  await bundle.close();
  for (const module of ['capture.js', 'local.js']) {
    if (readFileSync(join(out, module), 'utf8').includes('../../web/'))
      throw new Error(`Expected the assets beside ${module}; found ../../web/.`);
  }
}

/** The compiled modules are two folders away from the assets, the bundled ones beside them. */
const assetsBesideModules = {
  name: 'assets-beside-modules',
  transform(code, id) {
    return id.endsWith('asset-urls.js') ? code.replaceAll('../../web/', './') : null;
  },
};

// Nothing half made stays when something fails.
process.on('exit', () => rmSync(out, { recursive: true, force: true }));
mkdirSync(join(out, 'models'), { recursive: true });
const hashes = { wasm: copyRuntime(), models: packModels() };
await buildWorker('local-worker', 'local/web/worker/local-worker.js', {
  __UNDERTONE_ASSETS__: JSON.stringify(hashes),
});
await buildWorker('capture-worklet', 'capture/browser/capture-worklet.js');
await buildPages();
rmSync(web, { recursive: true, force: true });
renameSync(out, web);
