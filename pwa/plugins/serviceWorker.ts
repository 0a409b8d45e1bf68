/** The build step that knows which files the phone needs offline, and writes the service worker with their list. */
import { createHash } from "node:crypto";
import { readFile, readdir, writeFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Plugin, type Rollup } from "vite";

type Bundle = Rollup.OutputBundle;

const isOfficeModule = (id: string | null): boolean => id !== null && /\/src\/office\//.test(id);

/** Chunks that can run before anybody opens the office: those reached from the entry without passing an office screen. */
function phoneChunks(bundle: Bundle): Set<string> {
  const chunks = new Map(Object.values(bundle).flatMap((file) => (file.type === "chunk" ? [[file.fileName, file]] : [])));
  const reached = new Set<string>();
  const queue = [...chunks.values()].filter((chunk) => chunk.isEntry);
  for (let chunk = queue.pop(); chunk; chunk = queue.pop()) {
    if (reached.has(chunk.fileName)) continue;
    reached.add(chunk.fileName);
    for (const name of [...chunk.imports, ...chunk.dynamicImports]) {
      const next = chunks.get(name);
      if (next && !isOfficeModule(next.facadeModuleId)) queue.push(next);
    }
  }
  return reached;
}

/** The bundle's files, parted: an asset (style, worker, wasm) is the office's if only office chunks name it. */
function partFiles(bundle: Bundle): { phone: string[]; office: string[] } {
  const phone = phoneChunks(bundle);
  const all = Object.values(bundle).filter((file) => !file.fileName.endsWith(".map"));
  const assets = all.filter((file) => file.type === "asset");
  const textOf = (name: string): string => {
    const file = bundle[name];
    if (!file) return "";
    if (file.type === "chunk") {
      // The list of files to preload names the office's styles too; only what the chunk's own modules name counts here.
      return file.code.replace(/__vite__mapDeps=.*?\n/s, "") + [...(file.viteMetadata?.importedCss ?? [])].join("\n");
    }
    return typeof file.source === "string" ? file.source : file.fileName.endsWith(".js") ? new TextDecoder().decode(file.source) : "";
  };
  const wanted = new Set([...phone, "index.html"]);
  for (let grown = true; grown; ) {
    const texts = [...wanted].map(textOf).join("\n");
    const found = assets.filter((asset) => !wanted.has(asset.fileName) && texts.includes(path.posix.basename(asset.fileName)));
    for (const asset of found) wanted.add(asset.fileName);
    grown = found.length > 0;
  }
  const office = all.map((file) => file.fileName).filter((name) => !wanted.has(name));
  return { phone: [...wanted].sort(), office: office.sort() };
}

/** What the first screen needs before it can be used: the entry, Today, and what they import. The rest of the phone's files follow behind it. */
function shellFiles(bundle: Bundle): string[] {
  const chunks = new Map(Object.values(bundle).flatMap((file) => (file.type === "chunk" ? [[file.fileName, file]] : [])));
  const found = new Set(["index.html"]);
  const queue = [...chunks.values()].filter((chunk) => chunk.isEntry || chunk.facadeModuleId?.endsWith("/features/today/TodayScreen.svelte"));
  for (let chunk = queue.pop(); chunk; chunk = queue.pop()) {
    if (found.has(chunk.fileName)) continue;
    found.add(chunk.fileName);
    for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style);
    for (const name of chunk.imports) {
      const next = chunks.get(name);
      if (next) queue.push(next);
    }
  }
  return [...found];
}

/** Files of public/ that the app itself shows; the sizes of its icon the system stores when the app is installed. */
const isShellPublicFile = (name: string): boolean => /\.(svg|webmanifest)$/.test(name);

export function serviceWorker({ source, report }: { source: string; report: string }): Plugin {
  return {
    name: "sitebook-service-worker",
    apply: "build",
    async writeBundle(options, bundle) {
      const outDir = options.dir;
      if (!outDir) throw new Error("the build has no output folder");
      const { phone, office } = partFiles(bundle);
      const publicFiles = (await readdir("public", { recursive: true })).map((name) => name.replaceAll(path.sep, "/"));
      const shell = [...phone, ...publicFiles.filter(isShellPublicFile)].sort();

      const hash = createHash("sha256").update(await readFile(source));
      const sizes: Record<string, number> = {};
      for (const name of shell) {
        const bytes = await readFile(path.join(outDir, name));
        hash.update(name).update(bytes);
        sizes[name] = gzipSync(bytes, { level: 9 }).length;
      }
      hash.update(office.join("\n"));

      const worker = await build({
        configFile: false,
        logLevel: "error",
        define: {
          PHONE_FILES: JSON.stringify(shell.map((name) => `/${name}`)),
          OFFICE_FILES: JSON.stringify(office.map((name) => `/${name}`)),
          VERSION: JSON.stringify(hash.digest("hex").slice(0, 16)),
        },
        build: { write: false, target: "es2022", rollupOptions: { input: source, output: { format: "iife" } } },
      });
      const output = (Array.isArray(worker) ? worker[0] : worker) as Rollup.RollupOutput;
      const code = output.output[0].code;
      await writeFile(path.join(outDir, "sw.js"), code);
      sizes["sw.js"] = gzipSync(code, { level: 9 }).length;

      const isScanner = (name: string): boolean => name.endsWith(".wasm");
      const total = (names: string[]): number => names.reduce((sum, name) => sum + (sizes[name] ?? 0), 0);
      const shellBytes = total([...shellFiles(bundle), "sw.js"]);
      const offlineBytes = total(Object.keys(sizes).filter((name) => !isScanner(name)));
      const scannerBytes = total(Object.keys(sizes).filter(isScanner));
      await mkdir(path.dirname(report), { recursive: true });
      await writeFile(
        report,
        `${JSON.stringify({ gzip_bytes: shellBytes, offline_gzip_bytes: offlineBytes, scanner_gzip_bytes: scannerBytes, files: sizes }, null, 2)}\n`,
      );
      this.info(
        `phone shell ${(shellBytes / 1024).toFixed(1)} KB gzip (of 100), all of the phone's ${(offlineBytes / 1024).toFixed(1)} KB, scanner wasm ${(scannerBytes / 1024).toFixed(1)} KB, ` +
          `${shell.length} files offline, ${office.length} in the office`,
      );
    },
  };
}
