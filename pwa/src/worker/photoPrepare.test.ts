import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";
import { fit, preparePhoto, Refused, sniff, type Imaging } from "./photoPrepare";
import { MAX_BYTES } from "./photoTypes";

const ascii = (text: string): number[] => Array.from(text, (char) => char.charCodeAt(0));
const bytes = (...parts: (number[] | string)[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(parts.flatMap((part) => (typeof part === "string" ? ascii(part) : part)));
const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

const JPEG = bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0]);
const HEIC = bytes(u32(24), "ftypheic", u32(0), "mif1heic");
const png = (width: number, height: number): Uint8Array<ArrayBuffer> =>
  bytes("\x89PNG\r\n\x1a\n", u32(13), "IHDR", u32(width), u32(height), [8, 0, 0, 0, 0], u32(0));

function browser(image?: { width: number; height: number }): Imaging & { closed(): number } {
  const close = vi.fn();
  return {
    decode: () => (image ? Promise.resolve({ ...image, close } as unknown as ImageBitmap) : Promise.reject(new Error("cannot decode"))),
    encode: (_, width, height) => Promise.resolve(new Blob([`${width}x${height}`], { type: "image/jpeg" })),
    closed: () => close.mock.calls.length,
  };
}

async function refusal(file: Blob, imaging: Imaging): Promise<string> {
  const error: unknown = await preparePhoto(file, imaging).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Refused);
  return (error as Refused).reason;
}

test("a photo is shrunk to 2048 px, hashed as it is then, and given a thumbnail", async () => {
  const imaging = browser({ width: 4000, height: 3000 });
  const photo = await preparePhoto(new Blob([JPEG]), imaging);
  expect(photo).toMatchObject({ width: 2048, height: 1536, mime: "image/jpeg", size: 9, passedOn: false });
  expect(await photo.blob.text()).toBe("2048x1536");
  expect(await photo.thumb?.text()).toBe("320x240");
  expect(photo.sha256).toBe(createHash("sha256").update("2048x1536").digest("hex"));
  expect(imaging.closed()).toBe(1);
});

test("a small photo is not enlarged", async () => {
  const photo = await preparePhoto(new Blob([JPEG]), browser({ width: 88, height: 64 }));
  expect([photo.width, photo.height]).toEqual([88, 64]);
  expect(fit(1, 100_000, 2048)).toEqual({ width: 1, height: 2048 });
});

test("what only the centre can decode goes as it is", async () => {
  const photo = await preparePhoto(new Blob([HEIC]), browser());
  expect(photo).toMatchObject({ mime: "image/heic", size: HEIC.length, passedOn: true });
  expect(photo.thumb).toBeUndefined();
  expect(photo.width).toBeUndefined();
  expect(photo.sha256).toBe(createHash("sha256").update(HEIC).digest("hex"));
});

test("a browser that can decode HEIC makes a JPEG of it", async () => {
  const photo = await preparePhoto(new Blob([HEIC]), browser({ width: 100, height: 50 }));
  expect(photo).toMatchObject({ mime: "image/jpeg", passedOn: false });
});

test("refusals say why", async () => {
  const decodes = browser({ width: 10, height: 10 });
  expect(await refusal(new Blob([]), decodes)).toBe("empty");
  expect(await refusal(new Blob(["hello"]), decodes)).toBe("not_an_image");
  expect(await refusal(new Blob(["<svg xmlns='http://www.w3.org/2000/svg'/>"]), decodes)).toBe("not_an_image");
  expect(await refusal(new Blob([bytes(u32(24), "ftypisom", u32(0), "mp41")]), decodes)).toBe("not_an_image");
  expect(await refusal(new Blob([JPEG]), browser())).toBe("damaged");
  expect(await refusal(new Blob([bytes("GIF89a")]), browser())).toBe("format");
  expect(await refusal(new Blob([new Uint8Array(MAX_BYTES + 1)]), decodes)).toBe("too_large");
});

test("a bomb is refused by its header, before the browser decodes a pixel", async () => {
  const imaging = browser({ width: 10, height: 10 });
  const decode = vi.spyOn(imaging, "decode");
  expect(await refusal(new Blob([png(30_000, 30_000)]), imaging)).toBe("too_many_pixels");
  expect(decode).not.toHaveBeenCalled();
  const liar = browser({ width: 30_000, height: 30_000 });
  expect(await refusal(new Blob([JPEG]), liar)).toBe("too_many_pixels");
  expect(liar.closed()).toBe(1);
});

test("a file is what its bytes say, not what it is called", () => {
  expect(sniff(JPEG)).toBe("jpeg");
  expect(sniff(HEIC)).toBe("heic");
  expect(sniff(png(1, 1))).toBe("png");
  expect(sniff(bytes("RIFF", u32(0), "WEBPVP8 "))).toBe("webp");
  expect(sniff(bytes(u32(28), "ftypavif", u32(0), "mif1miaf"))).toBe("avif");
  expect(sniff(bytes("BM"))).toBe("other");
  expect(sniff(bytes("%PDF-1.7"))).toBeUndefined();
});
