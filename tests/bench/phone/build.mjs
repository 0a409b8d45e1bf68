/** The app as `vite.config.ts` builds it, with `engine.ts` as a second entry, into a folder of its own. Run in pwa/. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";

const require = createRequire(path.join(process.cwd(), "package.json"));
const { build, loadConfigFromFile } = await import(pathToFileURL(require.resolve("vite")).href);

const [outDir, entry] = process.argv.slice(2);
const { config } = await loadConfigFromFile({ command: "build", mode: "production" }, "vite.config.ts");
// The service worker's report is that of the shipped build alone.
const plugins = config.plugins.flat().filter((plugin) => plugin.name !== "sitebook-service-worker");
await build({
  ...config,
  configFile: false,
  logLevel: "error",
  plugins,
  build: { ...config.build, outDir, rollupOptions: { input: { index: "index.html", engine: entry } } },
});
