/**
 * Usage reporting of ONNX Runtime off. Since 1.29 the native library writes a data base under the user's home and sends
 * events to its vendor, and it crashes on command lines of some 30 KB; neither is for Undertone's users to find out. The
 * library reads the environment of the process when the first session is made: a worker thread has a copy of it only,
 * so this is imported where threads are started.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';
