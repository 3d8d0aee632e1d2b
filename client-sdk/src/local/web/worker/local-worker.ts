/** The worker's entry. Built into one file, with everything it needs but ONNX Runtime's WebAssembly and the model. */
import type { ErrorData, FromWorker } from '../worker-messages.ts';
import { AssetStore } from './asset-store.ts';
import { errorData } from './error-data.ts';
import { openModel, type ShippedHashes } from './open-model.ts';
import { WorkerServer } from './worker-server.ts';

/** SHA-256 of what ships with this worker; put in when it is built. */
declare const __UNDERTONE_ASSETS__: ShippedHashes;

/** What is used of a `DedicatedWorkerGlobalScope`, which TypeScript has apart from that of pages. */
interface WorkerScope {
  postMessage(message: FromWorker): void;
  addEventListener(type: 'message', listener: (event: { readonly data: never }) => void): void;
  addEventListener(type: 'unhandledrejection', listener: (event: { readonly reason: unknown }) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const crash = (error: ErrorData): void => scope.postMessage({ type: 'crashed', error });
const store = new AssetStore({
  fetch: (url, init) => fetch(url, init),
  caches: globalThis.caches ?? null,
  subtle: globalThis.crypto?.subtle ?? null,
  origin: globalThis.location.origin,
  onProgress: () => scope.postMessage({ type: 'progress' }),
});
const server = new WorkerServer({
  post: (message) => scope.postMessage(message),
  openModel: (assets) => openModel(store, assets, __UNDERTONE_ASSETS__),
});

scope.addEventListener('message', ({ data }) => server.receive(data));
scope.addEventListener('unhandledrejection', ({ reason }) => crash(errorData(reason)));
scope.postMessage({ type: 'ready' });
