/**
 * Takes out of the image what no server reads: libraries of other platforms, declarations, source maps, manuals. Run in the
 * folder of the application; prints what that saved.
 */
import { existsSync, lstatSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const libraries = 'node_modules/onnxruntime-node/bin';
const own = join(process.platform, process.arch);
/** Not LICENSE and NOTICE, which have to stay. */
const unread = /\.(d\.[cm]?ts|[cm]?ts|map|md|markdown|tsbuildinfo|flow)$/i;

/** Folders of a package that nothing requires. */
const unused = [
  'test',
  'tests',
  'benchmark',
  'benchmarks',
  'docs',
  'example',
  'examples',
  'coverage',
  '.github',
];

let saved = 0;
const remove = (path) => {
  saved += sizeOf(path);
  rmSync(path, { recursive: true });
};

for (const version of readdirSync(libraries))
  for (const system of readdirSync(join(libraries, version)))
    for (const processor of readdirSync(join(libraries, version, system)))
      if (join(system, processor) !== own) remove(join(libraries, version, system, processor));
if (!readdirSync(libraries).some((version) => existsSync(join(libraries, version, own))))
  throw new Error(`Expected a library of onnxruntime-node for ${own}; there is none.`);

for (const folder of ['node_modules', 'core', 'proto', 'server', 'console'])
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && unread.test(entry.name)) remove(join(entry.parentPath, entry.name));

const packages = readdirSync('node_modules').flatMap((name) =>
  name.startsWith('@') ? readdirSync(join('node_modules', name)).map((inner) => join(name, inner)) : [name],
);
for (const name of packages)
  for (const folder of unused) {
    const path = join('node_modules', name, folder);
    if (!lstatSync(join('node_modules', name)).isSymbolicLink() && existsSync(path)) remove(path);
  }

process.stdout.write(`pruned ${(saved / 1e6).toFixed(0)} MB\n`);

function sizeOf(path) {
  const status = statSync(path);
  if (!status.isDirectory()) return status.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
