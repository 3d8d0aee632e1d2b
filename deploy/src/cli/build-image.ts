/** `npm run deploy:image`: carries out deploy/container/Dockerfile without a Docker engine. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UndertoneError } from '@undertone/core';
import { buildImage, keepImage } from '../container/build-image.ts';
import { parseDockerfile } from '../container/dockerfile.ts';
import { treeBytes } from '../container/tree-size.ts';

const help = `Usage: npm run -s deploy:image -- --out DIR [options]

Carries out deploy/container/Dockerfile step by step, without a Docker engine. The result is the image's root file
system in DIR/server and its settings in DIR/image.json.

Options:
  --out DIR            a new folder
  --debian-root DIR    root of a Debian system (debootstrap --variant=minbase bookworm DIR) in which the steps run
                       (chroot, as root); without it they run here, in folders that begin empty
  --build-root DIR     the same with --include=binutils,ca-certificates, for the stages that build
  --context DIR        (default: this repository)
  --json               the sizes as one JSON object
  --help               print this and exit
`;

function main(): void {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      'debian-root': { type: 'string' },
      'build-root': { type: 'string' },
      context: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || values.out === undefined) {
    (values.help ? process.stdout : process.stderr).write(help);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const out = resolve(values.out);
  if (existsSync(out)) throw new UndertoneError('bad_config', `Expected --out to be new; ${out} is there.`);
  const context = resolve(values.context ?? fileURLToPath(new URL('../../../', import.meta.url)));
  const dockerfile = join(context, 'deploy/container/Dockerfile');
  const [debianRoot = null, buildRoot = null] = [values['debian-root'], values['build-root']].map((path) =>
    path === undefined ? null : resolve(path),
  );
  if ((debianRoot === null) !== (buildRoot === null))
    throw new UndertoneError('bad_config', 'Expected --debian-root and --build-root together; got one.');
  const image = buildImage(dockerfile, {
    context,
    out,
    debianRoot,
    buildRoot,
    onStep: (stage, step, seconds) =>
      process.stderr.write(`${stage}: ${step.slice(0, 90)} (${seconds.toFixed(1)} s)\n`),
  });
  keepImage(image, parseDockerfile(readFileSync(dockerfile, 'utf8')), out);
  writeFileSync(join(out, 'image.json'), `${JSON.stringify(image, null, 2)}\n`);
  const sizes = {
    appMb: megabytes(join(image.root, 'app')),
    nodeMb: megabytes(join(image.root, 'usr/local')),
    totalMb: megabytes(image.root),
  };
  const { appMb, nodeMb, totalMb } = sizes;
  const text = `${image.root}: ${totalMb} MB, of which ${appMb} the application and ${nodeMb} Node`;
  process.stdout.write(`${values.json ? JSON.stringify(sizes) : text}\n`);
}

function megabytes(folder: string): number {
  return Math.round(treeBytes(folder) / 1e5) / 10;
}

try {
  main();
} catch (error) {
  const text = error instanceof UndertoneError ? `${error.code}: ${error.message}` : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}
