import { resolve } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

/**
 * The pages, built into `dist/ui/`: files with their hash in the name (to be kept for ever by a browser) and an `index.html` (never).
 * Nothing is inlined into the page, so that a Content-Security-Policy of `'self'` holds.
 */
export default defineConfig({
  root: resolve(import.meta.dirname, 'src/ui'),
  plugins: [vue(), tailwindcss()],
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
  build: {
    outDir: resolve(import.meta.dirname, 'dist/ui'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: 'es2023',
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        // Together, so that wherever a schema is made Zod has been told not to compile it: a file that others share comes before main.ts.
        codeSplitting: { groups: [{ name: 'checks', test: /node_modules\/zod\/|src\/ui\/no-eval\.ts/ }] },
      },
    },
  },
});
