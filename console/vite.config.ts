import { defineConfig } from 'vite';
import { compress } from './scripts/compress.ts';

export default defineConfig({
  // The page works at any path.
  base: './',
  build: {
    target: 'es2022',
    // The policy of the page allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  plugins: [compress()],
});
