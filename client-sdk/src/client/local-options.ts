/** What the recogniser of this device is made from. */
import type { Manifest } from '@undertone/core';
import type { StreamQuery } from '@undertone/proto';

/** A model that is open already, to be shared between streams: `LocalModel` of `@undertone/client-sdk/local`. */
export interface LoadedModel {
  readonly manifest: Manifest;
  close(): Promise<void>;
}

export interface LocalOptions {
  /** Checked and complete. */
  readonly query: StreamQuery;
  /** `default` or `int8`, which ship; the URL (browser) or path (Node) of a folder; or a model that is open. Default `default`. */
  readonly model?: string | LoadedModel;
  /** Where the worker, ONNX Runtime and the models are, in browsers. Default: beside this package's modules. */
  readonly assetBase?: string | URL;
  /** A head that was adapted to one voice, as `adapt` gives it. */
  readonly adaptation?: Uint8Array;
}
