import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

import { licencesPlugin } from './build/licences.js';

export default defineConfig({
  plugins: [svelte(), licencesPlugin()],
  clearScreen: false,
  server: { port: 1420, strictPort: true },
  build: { target: 'safari16', sourcemap: false },
  // Svelte ships a server build; without the browser condition the tests would mount that one.
  resolve: process.env['VITEST'] ? { conditions: ['browser'] } : {},
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/lib/patience.ts'],
    testTimeout: 30_000,
    // By itself it leaves a core free, starts processes, and loads every component anew for each file: what a
    // test leaves behind is taken away by its file, so they pass in any order.
    pool: 'threads',
    maxWorkers: '100%',
    isolate: false,
    restoreMocks: true,
  },
});
