// The recognition thread from TypeScript source, for development and tests: Node 20 loads none by itself.
import { register } from 'tsx/esm/api';

register();
await import('./recognition-worker.ts');
