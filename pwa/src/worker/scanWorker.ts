/** Worker: reads QR codes with zxing-cpp (WebAssembly, served by us, never from elsewhere). */
import { prepareZXingModule, readBarcodes, type ReaderOptions } from "zxing-wasm/reader";
import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url";
import {
  FRAME_BUDGET_MS,
  frameAttempts,
  outline,
  PHOTO_BUDGET_MS,
  photoAttempts,
  read,
  type Binarizer,
  type Reading,
  type Source,
} from "./scanRead";
import type { ScanAnswer, ScannedCode, ScanRequest } from "./scanTypes";

const OPTIONS: ReaderOptions = {
  formats: ["QRCode"],
  tryHarder: true,
  tryDenoise: true,
  maxNumberOfSymbols: 8,
  textMode: "Plain",
};

let ready: Promise<unknown> | undefined;

function load(): Promise<unknown> {
  ready ??= prepareZXingModule({ overrides: { locateFile: () => wasmUrl }, fireImmediately: true }).catch((error: unknown) => {
    ready = undefined; // the next request tries again
    throw error;
  });
  return ready;
}

async function decode(pixels: ImageData, binarizer: Binarizer): Promise<ScannedCode[]> {
  const found = await readBarcodes(pixels, { ...OPTIONS, binarizer });
  return found
    .filter((code) => code.isValid && code.text !== "")
    .map(({ text, position }) => ({
      text,
      corners: [position.topLeft, position.topRight, position.bottomRight, position.bottomLeft],
    }));
}

let canvas: OffscreenCanvas | undefined;

/** One canvas for all views: allocating one per frame keeps the garbage collector busy on cheap phones. */
function sourceOf(image: ImageBitmap): Source {
  return {
    width: image.width,
    height: image.height,
    render(view) {
      const { width, height } = outline(view);
      canvas ??= new OffscreenCanvas(width, height);
      canvas.width = width;
      canvas.height = height;
      const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
      if (!context) throw new Error("no 2d canvas");
      context.fillStyle = "#fff";
      context.fillRect(0, 0, width, height);
      context.imageSmoothingQuality = view.scale < 0.5 ? "medium" : "low";
      context.translate(width / 2, height / 2);
      context.rotate((view.turn * Math.PI) / 180);
      context.scale(view.scale, view.scale);
      context.drawImage(
        image,
        view.x,
        view.y,
        view.width,
        view.height,
        -view.width / 2,
        -view.height / 2,
        view.width,
        view.height,
      );
      return context.getImageData(0, 0, width, height);
    },
  };
}

const now = (): number => performance.now();
let round = 0;

async function readFrame(frame: ImageBitmap): Promise<Reading> {
  try {
    return await read(sourceOf(frame), frameAttempts(frame.width, frame.height, round++), decode, FRAME_BUDGET_MS, now);
  } finally {
    frame.close();
  }
}

async function readPhoto(image: ImageBitmap): Promise<Reading> {
  try {
    return await read(sourceOf(image), photoAttempts(image.width, image.height), decode, PHOTO_BUDGET_MS, now);
  } finally {
    image.close();
  }
}

async function answer(request: ScanRequest): Promise<ScanAnswer> {
  const { id } = request;
  try {
    await load();
  } catch (error) {
    if (request.kind === "frame") request.frame.close();
    return { id, ok: false, reason: "decoder", detail: String(error) };
  }
  try {
    if (request.kind === "warm") return { id, ok: true, codes: [], tries: 0, tookMs: 0 };
    if (request.kind === "frame") return { id, ok: true, ...(await readFrame(request.frame)) };
    return { id, ok: true, ...(await readPhoto(await createImageBitmap(request.photo, { imageOrientation: "from-image" }))) };
  } catch (error) {
    return { id, ok: false, reason: "image", detail: String(error) };
  }
}

let turn: Promise<void> = Promise.resolve();

self.addEventListener("message", (event: MessageEvent<ScanRequest>) => {
  turn = turn.then(async () => {
    self.postMessage(await answer(event.data));
  });
});
