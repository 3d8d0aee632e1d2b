/**
 * Carries out a Dockerfile without a Docker engine: each stage in a folder of its own, its commands by this machine's shell
 * there or, with a Debian root to begin with, by that root's own programs (`chroot`).
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, posix, relative } from 'node:path';
import { UndertoneError } from '@undertone/core';
import { ignoredBy } from './docker-ignore.ts';
import { parseDockerfile, type Stage, type Step } from './dockerfile.ts';

export interface BuildOptions {
  /** The folder that COPY reads: the root of the repository, or a clone of it. */
  readonly context: string;
  /** New or empty; each stage is a folder in it. */
  readonly out: string;
  /** Root of a Debian system that images begin with; null leaves stages empty and takes this machine's programs. */
  readonly debianRoot: string | null;
  /** The same for images of Node, which have the tools that build: binutils and ca-certificates. */
  readonly buildRoot: string | null;
  readonly onStep: (stage: string, step: string, seconds: number) => void;
}

export interface BuiltImage {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string;
  readonly workdir: string;
  readonly ports: readonly number[];
  readonly entrypoint: readonly string[];
  readonly healthCheck: readonly string[];
  readonly stopSignal: string;
}

/** @throws UndertoneError `bad_config` with the step that failed and what it said */
export function buildImage(dockerfile: string, options: BuildOptions): BuiltImage {
  const built = new Map<string, BuiltImage>();
  for (const stage of parseDockerfile(readFileSync(dockerfile, 'utf8')))
    built.set(stage.name, buildStage(stage, built, options));
  return [...built.values()].at(-1)!;
}

function buildStage(
  { name, from, steps }: Stage,
  built: ReadonlyMap<string, BuiltImage>,
  options: BuildOptions,
): BuiltImage {
  const root = join(options.out, name);
  mkdirSync(options.out, { recursive: true });
  const base = built.get(from);
  if (base) copyTree(base.root, root);
  else layBase(from, root, from.startsWith('node:') ? options.buildRoot : options.debianRoot);
  let image: BuiltImage = base ? { ...base, root } : { ...emptyImage, root };
  for (const step of steps) {
    const startedMs = performance.now();
    image = carryOut(step, image, built, options);
    options.onStep(name, describe(step), (performance.now() - startedMs) / 1000);
  }
  return image;
}

const emptyImage: Omit<BuiltImage, 'root'> = {
  env: {},
  labels: {},
  user: '0:0',
  workdir: '/',
  ports: [],
  entrypoint: [],
  healthCheck: [],
  stopSignal: 'SIGTERM',
};

/** An image of Node has its program, and npm, where the official one has them. */
function layBase(image: string, root: string, debianRoot: string | null): void {
  if (debianRoot) copyTree(debianRoot, root);
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  if (!image.startsWith('node:')) return;
  cpSync(realpathSync(process.execPath), join(root, 'usr/local/bin/node'));
  if (!debianRoot) return;
  const npm = spawnSync('npm', ['root', '--global'], { encoding: 'utf8' }).stdout.trim();
  copyTree(join(npm, 'npm'), join(root, 'usr/local/lib/node_modules/npm'));
  spawnSync('ln', ['-s', '../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm')]);
}

function carryOut(
  step: Step,
  image: BuiltImage,
  built: ReadonlyMap<string, BuiltImage>,
  options: BuildOptions,
): BuiltImage {
  switch (step.kind) {
    case 'workdir':
      mkdirSync(join(image.root, step.path), { recursive: true });
      return { ...image, workdir: step.path };
    case 'copy':
      copy(step, image, built, options.context);
      return image;
    case 'run':
      run(step.command, image, options.debianRoot !== null);
      return image;
    case 'env':
      return { ...image, env: { ...image.env, [step.name]: step.value } };
    case 'label':
      return { ...image, labels: { ...image.labels, [step.name]: step.value } };
    case 'user':
      return { ...image, user: step.user };
    case 'expose':
      return { ...image, ports: step.ports };
    case 'stop-signal':
      return { ...image, stopSignal: step.signal };
    case 'entrypoint':
      return { ...image, entrypoint: step.command };
    case 'health-check':
      return { ...image, healthCheck: step.command };
  }
}

/** As Docker: the content of a folder, a file into a folder where the target ends with a slash. */
function copy(
  { from, sources, target }: Extract<Step, { kind: 'copy' }>,
  { root, workdir }: BuiltImage,
  built: ReadonlyMap<string, BuiltImage>,
  context: string,
): void {
  const stage = from === null ? null : built.get(from);
  if (stage === undefined) throw new UndertoneError('bad_config', `Expected a stage ${from}; there is none.`);
  const sourceRoot = stage?.root ?? context;
  const ignore = join(context, '.dockerignore');
  const isIgnored =
    stage === null && existsSync(ignore) ? ignoredBy(readFileSync(ignore, 'utf8')) : () => false;
  const targetPath = join(root, posix.resolve(workdir, target));
  for (const source of sources) {
    const path = join(sourceRoot, source);
    if (!existsSync(path)) throw new UndertoneError('bad_config', `COPY ${source}: there is no such file.`);
    const isFolder = statSync(path).isDirectory();
    const isInto = !isFolder && target.endsWith('/');
    const destination = isInto ? join(targetPath, basename(path)) : targetPath;
    mkdirSync(isFolder ? destination : dirname(destination), { recursive: true });
    if (stage && isFolder) copyTree(path, destination);
    else
      cpSync(path, destination, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (each) => !isIgnored(relative(context, each)),
      });
  }
}

/** Programs ask `/proc` where they are; it is gone with the command. */
const inRoot = 'mount --rbind /proc "$1/proc" && exec chroot "$1" sh -c "$2"';

function run(command: string, { root, workdir, env }: BuiltImage, isChroot: boolean): void {
  const shell = isChroot
    ? ['unshare', '--mount', 'sh', '-c', inRoot, 'sh', root, `cd ${workdir} && ${command}`]
    : ['sh', '-c', command];
  const settings = isChroot
    ? { HOME: '/tmp', PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' }
    : process.env;
  const { status, stderr, stdout, error } = spawnSync(shell[0]!, shell.slice(1), {
    cwd: isChroot ? '/' : join(root, workdir),
    env: { ...settings, ...packageSettings(), ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0)
    throw new UndertoneError('bad_config', `RUN ${command}: ${error?.message ?? ''}${stderr}${stdout}`);
}

/** What leads this machine to its packages, which a root of its own does not know. */
const network = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
];

function packageSettings(): NodeJS.ProcessEnv {
  const registry = spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).stdout.trim();
  return {
    ...Object.fromEntries(network.map((name) => [name, process.env[name]])),
    npm_config_registry: registry,
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
  };
}

/** `cp` keeps links, owners and modes, and shares blocks where the file system can. */
function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  const { status, stderr } = spawnSync('cp', ['-a', '--reflink=auto', `${from}/.`, to], { encoding: 'utf8' });
  if (status !== 0) throw new UndertoneError('bad_config', `${from}: ${stderr}`);
}

function describe(step: Step): string {
  if (step.kind === 'run') return `RUN ${step.command}`;
  return step.kind === 'copy' ? `COPY ${step.sources.join(' ')} ${step.target}` : step.kind;
}

/** Removes all stages but the last. */
export function keepImage({ root }: BuiltImage, stages: readonly Stage[], out: string): void {
  for (const { name } of stages)
    if (join(out, name) !== root) rmSync(join(out, name), { recursive: true, force: true });
}
