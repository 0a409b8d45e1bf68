import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { serviceWorker } from "./plugins/serviceWorker.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  plugins: [svelte({ configFile: false }), serviceWorker({ source: here("src/sw/sw.ts"), report: here("../build/phone-shell.json") })],
  worker: { format: "es" },
  build: {
    outDir: here("../server/static"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the security policy allows no data: scripts or styles
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
  server: { proxy: { "/api": "http://localhost:8000" } },
  test: { include: ["src/**/*.test.ts"], environment: "node", restoreMocks: true },
});
