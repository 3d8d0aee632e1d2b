/** `undertone-train verify MODEL`: does an exported model compute what its trainer computed, wherever it runs? */
import type { Command } from 'commander';
import { type Verification, verifyModel } from '../export/verify-model.ts';
import { terminalTable } from '../report/tables.ts';
import type { Output } from './output.ts';

export interface VerifyOptions {
  readonly json?: boolean;
}

export function addVerifyCommand(program: Command, output: Output): void {
  program
    .command('verify')
    .description(
      'checks a model folder: manifest, hashes, and its golden outputs in onnxruntime-node and onnxruntime-web',
    )
    .argument('<model>', 'model folder, of any kind')
    .option('--json', 'print everything as one line of JSON')
    .addHelpText('after', '\nThe exit code is 1 when anything does not fit.')
    .action(async (model: string, options: VerifyOptions) => {
      if (!(await verifyCommand(model, options, output))) process.exitCode = 1;
    });
}

/** @returns whether everything fits */
export async function verifyCommand(
  folder: string,
  { json }: VerifyOptions,
  { print }: Pick<Output, 'print'>,
): Promise<boolean> {
  const verification = await verifyModel(folder);
  print(json ? JSON.stringify(verification) : describe(verification));
  return verification.ok;
}

function describe({ model, kind, ok, files, features, golden, runtimes }: Verification): string {
  const verdict = (fits: boolean): string => (fits ? 'ok' : 'DOES NOT FIT');
  const largest = runtimes.flatMap(({ differences }) => Object.values(differences ?? {}));
  return [
    `${model} (${kind}): ${golden.cases} golden cases, tolerance ${golden.tolerance}`,
    terminalTable({
      title: '',
      header: ['file', 'bytes', 'SHA-256', ''],
      rows: [
        ...files.map(({ path, bytes, sha256, ok: fits }) => [
          path,
          bytes === null ? 'missing' : String(bytes),
          (sha256.found ?? '-').slice(0, 16),
          verdict(fits),
        ]),
        ['features', '', features.found.slice(0, 16), verdict(features.ok)],
      ],
    }),
    terminalTable({
      title: '',
      header: ['runtime', 'version', 'largest difference', ''],
      rows: runtimes.map(({ runtime, version, differences, ok: fits }) => [
        runtime,
        version,
        differences
          ? Object.entries(differences)
              .map(([name, value]) => `${name} ${value.toExponential(1)}`)
              .join(', ')
          : '-',
        verdict(fits),
      ]),
    }),
    ...runtimes.flatMap(({ runtime, problem }) => (problem ? [`${runtime}: ${problem}`] : [])),
    ok
      ? `Everything fits; the largest difference is ${Math.max(...largest).toExponential(1)}.`
      : 'This model does not fit.',
  ].join('\n');
}
