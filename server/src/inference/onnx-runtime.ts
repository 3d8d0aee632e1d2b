/** ONNX Runtime for Node, with its usage reporting off. Only recognition threads load it. */
import './ort-telemetry.ts';

export * from 'onnxruntime-node';
