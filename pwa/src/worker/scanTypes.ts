/** What the page and the scan worker say to each other. */

export interface Point {
  x: number;
  y: number;
}

/** One QR code that was read. */
export interface ScannedCode {
  text: string;
  /** Its corners in px of the picture that was handed in: top left, top right, bottom right, bottom left of the code. */
  corners: [Point, Point, Point, Point];
}

export type ScanRequest =
  /** A frame of the camera: as much as is possible in 60 ms. */
  | { id: number; kind: "frame"; frame: ImageBitmap }
  /** A chosen photo: as much as is possible in seconds. */
  | { id: number; kind: "photo"; photo: Blob }
  /** Load the decoder now. */
  | { id: number; kind: "warm" };

export type ScanAnswer =
  | { id: number; ok: true; codes: ScannedCode[]; tries: number; tookMs: number }
  /** `image`: this picture cannot be decoded. `decoder`: the decoder could not be loaded. */
  | { id: number; ok: false; reason: "image" | "decoder"; detail: string };
