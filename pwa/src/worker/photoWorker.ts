/** Worker: prepares photos one after another, so that a burst of them needs the memory of one. */
import { preparePhoto, Refused, type Imaging } from "./photoPrepare";
import type { PhotoAnswer, PhotoRequest } from "./photoTypes";

const imaging: Imaging = {
  decode: (file) => createImageBitmap(file, { imageOrientation: "from-image" }),
  async encode(image, width, height, quality) {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("no 2d canvas");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, width, height);
    return await canvas.convertToBlob({ type: "image/jpeg", quality });
  },
};

let turn: Promise<void> = Promise.resolve();

self.addEventListener("message", (event: MessageEvent<PhotoRequest>) => {
  const { id, file } = event.data;
  turn = turn.then(async () => {
    self.postMessage(await answer(id, file));
  });
});

async function answer(id: number, file: Blob): Promise<PhotoAnswer> {
  try {
    return { id, ok: true, photo: await preparePhoto(file, imaging) };
  } catch (error) {
    if (error instanceof Refused) return { id, ok: false, reason: error.reason, detail: error.detail };
    // Reading the file failed (it was deleted, or its cloud is out of reach), or the canvas ran out of memory.
    return { id, ok: false, reason: "decoder", detail: String(error) };
  }
}
