/** What the page and the photo worker say to each other. */

/** Largest file that is taken, in bytes; the centre's limit is the same. */
export const MAX_BYTES = 50_000_000;
/** Long edge of the evidence, px. */
export const MAX_EDGE = 2048;
/** Long edge of the thumbnail that goes ahead, px. */
export const THUMB_EDGE = 320;
/** More pixels than this are not decoded; the centre's limit is the same. */
export const MAX_PIXELS = 120_000_000;

/** Degrees WGS 84 and metres, as decimal texts: the form they have in an op. */
export interface PhotoPosition {
  lat: string;
  lon: string;
  accuracy_m?: string;
}

/** A photo ready to be saved: its evidence is `blob`, which nobody alters from here on. */
export interface PreparedPhoto {
  blob: Blob;
  /** SHA-256 of the blob's bytes, lower-case hex. */
  sha256: string;
  mime: string;
  /** Bytes of the blob. */
  size: number;
  /** Upright, px; unknown where this browser cannot decode the picture. */
  width?: number;
  height?: number;
  /** When and where, as the file's metadata says; the blob itself has no metadata (but see `passedOn`). */
  takenAt?: number;
  position?: PhotoPosition;
  /** JPEG of at most 320 px; none where this browser cannot decode the picture. */
  thumb?: Blob;
  /** The file goes as it is, metadata included, because only the centre can decode it (HEIC). */
  passedOn: boolean;
}

/**
 * Why a photo is refused. The centre uses the same words in a photo's `refused`, and `decoder` besides: decoding took too
 * long or ended the decoder.
 */
export type PhotoReason =
  | "empty"
  | "too_large"
  | "not_an_image"
  | "format"
  | "too_many_pixels"
  | "truncated"
  | "damaged"
  | "decoder";

export interface PhotoRequest {
  id: number;
  file: Blob;
}

export type PhotoAnswer =
  | { id: number; ok: true; photo: PreparedPhoto }
  | { id: number; ok: false; reason: PhotoReason; detail: string };
