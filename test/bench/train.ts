/**
 * Milliseconds per training step of a GRU and a CNN, on one thread and on two, beside a plain matrix product in the same
 * run. `--json` prints one object; `--rounds=N` changes the number of rounds; `--networks=gru,cnn` chooses.
 */
import { type BenchmarkResult, benchmarkTraining, type NetworkName } from '@undertone/training';

const option = (name: string, otherwise: string): string =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise;

const rounds = Number(option('rounds', '7'));
const stepsPerRound = { gru: 4, cnn: 1 } as const;
const networks = option('networks', 'gru,cnn').split(',') as NetworkName[];

const results: BenchmarkResult[] = [];
for (const network of networks) {
  for (const threads of [1, 2] as const) {
    results.push(await benchmarkTraining(network, threads, rounds, stepsPerRound[network]));
  }
}
const speedup = Object.fromEntries(
  networks.map((network) => {
    const [one, two] = results.filter((result) => result.network === network);
    return [network, Number((one!.fastestMsPerStep / two!.fastestMsPerStep).toFixed(2))];
  }),
);
if (process.argv.includes('--json')) console.log(JSON.stringify({ results, twoThreadsOverOne: speedup }));
else {
  console.table(results);
  console.log('Two threads over one, by the fastest rounds:', speedup);
}
process.exit();
