/**
 * ONNX Runtime for Node with its usage reporting off. Since 1.29 the native library writes a data base under the user's
 * home and sends events to its vendor, and it crashes on command lines of some 30 KB; neither is for Undertone's users
 * to find out. The library reads the variable when the first session is made.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';

export * from 'onnxruntime-node';
