/** What a V8 CPU profile says, summed up by part of the server. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The first that matches `functionName url` counts. */
const parts: readonly (readonly [string, RegExp])[] = [
  ['idle', /^\(idle\)/],
  ['garbage collection', /^\(garbage collector\)/],
  // Native functions have no address; that of ONNX Runtime has no name either.
  ['recurrent network', /^ $/],
  ['messages between threads', /^dispatch /],
  ['garbage collection', /^gc /],
  ['native code', /^\(program\)/],
  ['gRPC', /@grpc\/|protobufjs|node:http2|internal\/http2/],
  ['WebSocket framing', /\/ws\/lib\//],
  ['send', /^(writev|writeUtf8String|writeBuffer|writeLatin1String) /],
  [
    'socket',
    /node:net|node:internal\/stream|node:internal\/streams|node:events|node:buffer|node:internal\/buffer/,
  ],
  ['recurrent network', /onnxruntime|\/model\/(streaming-model|onnx-session|window-model)/],
  ['decode', /\/audio\/(pcm-decoder|resampler|g711)/],
  ['features', /^wasm-|wasm:|\/features\/|\/model\/model-inputs/],
  ['queue and batching', /batch-scheduler|step-queue|\/inference\//],
  ['pooling and decisions', /\/stream\/|\/sentiment\//],
  ['session', /server\/dist\/session\//],
  ['encode', /proto\/dist\//],
  ['messages between threads', /worker|messageport|node:internal\/worker|postMessage/i],
  ['door', /server\/dist\/transport\//],
];

/** Milliseconds by part, from a `.cpuprofile`. */
export function profileByPart(text: string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  const profile = JSON.parse(text) as CpuProfile;
  const partOf = new Map(
    profile.nodes.map(({ id, callFrame }) => {
      const frame = `${callFrame.functionName} ${callFrame.url}`;
      return [id, parts.find(([, pattern]) => pattern.test(frame))?.[0] ?? 'other'];
    }),
  );
  for (const [i, sample] of profile.samples.entries()) {
    const part = partOf.get(sample) ?? 'other';
    sums.set(part, (sums.get(part) ?? 0) + (profile.timeDeltas[i] ?? 0) / 1000);
  }
  return sums;
}

/** Milliseconds that a thread worked, and of those what was done in or for functions whose address matches. */
export function profileShare(
  text: string,
  url: RegExp,
): { readonly busyMs: number; readonly ofThemMs: number } {
  const { nodes, samples, timeDeltas } = JSON.parse(text) as CpuProfile;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const counted = new Set<number>();
  const visit = (id: number, isInside: boolean): void => {
    const { callFrame, children = [] } = byId.get(id)!;
    const counts = isInside || url.test(callFrame.url);
    if (counts) counted.add(id);
    for (const child of children) visit(child, counts);
  };
  visit(nodes[0]!.id, false);
  let [busyMs, ofThemMs] = [0, 0];
  for (const [i, sample] of samples.entries()) {
    if (byId.get(sample)?.callFrame.functionName === '(idle)') continue;
    const ms = (timeDeltas[i] ?? 0) / 1000;
    busyMs += ms;
    if (counted.has(sample)) ofThemMs += ms;
  }
  return { busyMs, ofThemMs };
}
