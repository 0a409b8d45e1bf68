/**
 * A file from camera or gallery → the evidence: upright, at most 2048 px, without metadata, hashed.
 *
 * What the browser can decode is drawn and encoded again, so nothing of the file but its pixels is left; what only the
 * centre can decode (HEIC) goes as it is. The rest is refused with a reason.
 */
import { imageSize } from "image-size";
import { readMetadata } from "./photoMetadata";
import {
  MAX_BYTES,
  MAX_EDGE,
  MAX_PIXELS,
  THUMB_EDGE,
  type PhotoReason,
  type PreparedPhoto,
} from "./photoTypes";

/** The photo cannot be taken; `reason` says why, `detail` is for the log. */
export class Refused extends Error {
  constructor(
    readonly reason: PhotoReason,
    readonly detail = "",
  ) {
    super(`${reason}: ${detail}`);
    this.name = "Refused";
  }
}

/** What a browser offers for pictures, as arguments: tests bring their own. */
export interface Imaging {
  /** Decodes upright; rejects what it cannot decode. */
  decode(file: Blob): Promise<ImageBitmap>;
  /** The picture at this size as a JPEG without metadata, on white where it is transparent. */
  encode(image: ImageBitmap, width: number, height: number, quality: number): Promise<Blob>;
}

const HEADER_BYTES = 1_048_576;
const QUALITY = 0.8;

/** Raises `Refused`. */
export async function preparePhoto(file: Blob, imaging: Imaging): Promise<PreparedPhoto> {
  if (file.size === 0) throw new Refused("empty");
  if (file.size > MAX_BYTES) throw new Refused("too_large", `${file.size} bytes`);
  const head = new Uint8Array(await file.slice(0, HEADER_BYTES).arrayBuffer());
  const kind = sniff(head);
  if (kind === undefined) throw new Refused("not_an_image");
  checkPixels(head);
  const metadata = await readMetadata(file);
  let image: ImageBitmap;
  try {
    image = await imaging.decode(file);
  } catch (error) {
    if (kind === "heic" || kind === "avif") return await passOn(file, `image/${kind}`, metadata);
    throw new Refused(kind === "other" ? "format" : "damaged", String(error));
  }
  try {
    if (image.width * image.height > MAX_PIXELS) throw new Refused("too_many_pixels", `${image.width}×${image.height}`);
    const { width, height } = fit(image.width, image.height, MAX_EDGE);
    const blob = await imaging.encode(image, width, height, QUALITY);
    const small = fit(image.width, image.height, THUMB_EDGE);
    const thumb = await imaging.encode(image, small.width, small.height, QUALITY);
    return { blob, sha256: await sha256hex(blob), mime: "image/jpeg", size: blob.size, width, height, ...metadata, thumb, passedOn: false };
  } finally {
    image.close();
  }
}

async function passOn(file: Blob, mime: string, metadata: Pick<PreparedPhoto, "takenAt" | "position">): Promise<PreparedPhoto> {
  // A copy: a file of the gallery may be gone before its upload.
  const bytes = await file.arrayBuffer();
  const blob = new Blob([bytes], { type: mime });
  return { blob, sha256: await sha256hex(blob), mime, size: blob.size, ...metadata, passedOn: true };
}

/** Refuse by the dimensions in the header, before a pixel is decoded. What has none is left to the decoder. */
function checkPixels(head: Uint8Array): void {
  let size: { width: number; height: number };
  try {
    size = imageSize(head);
  } catch {
    return;
  }
  if (size.width * size.height > MAX_PIXELS) throw new Refused("too_many_pixels", `${size.width}×${size.height}`);
}

type Sniffed = "jpeg" | "png" | "webp" | "heic" | "avif" | "other";

/** What a file is by its first bytes, whatever it is called; undefined: no picture. */
export function sniff(head: Uint8Array): Sniffed | undefined {
  const ascii = (from: number, to: number): string => String.fromCharCode(...head.subarray(from, to));
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return "jpeg";
  if (ascii(0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (ascii(0, 4) === "RIFF" && ascii(8, 12) === "WEBP") return "webp";
  if (ascii(4, 8) === "ftyp") {
    const brands = ascii(8, Math.min(64, ((head[2] ?? 0) << 8) | (head[3] ?? 0)));
    if (/avi[fs]/.test(brands)) return "avif";
    if (/he[iv][csmx]|mif1|msf1/.test(brands)) return "heic";
    return undefined; // a film
  }
  const magic = ["GIF8", "BM", "II*\0", "MM\0*", "\0\0\x01\0", "\0\0\0\x0cJXL ", "\xff\x0a"];
  return magic.some((begin) => ascii(0, begin.length) === begin) ? "other" : undefined;
}

/** At most `edge` on the long side, never enlarged. */
export function fit(width: number, height: number, edge: number): { width: number; height: number } {
  const scale = Math.min(1, edge / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

async function sha256hex(blob: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
