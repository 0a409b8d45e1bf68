/**
 * How a picture is looked at until a code is found: views (part, size, turn, filter) in an order, within a time.
 *
 * Pure: pixels come from a `Source`, codes from a `Decode`, time from `now`.
 */
import type { Point, ScannedCode } from "./scanTypes";

/** Most time for one frame of a live camera, ms. */
export const FRAME_BUDGET_MS = 60;
/** Most time for a chosen photo, ms. */
export const PHOTO_BUDGET_MS = 6_000;

export type Binarizer = "LocalAverage" | "GlobalHistogram";

/** One way of looking: a part of the picture, at a scale, turned about its middle, filtered. */
export interface View {
  x: number;
  y: number;
  width: number;
  height: number;
  scale: number;
  /** Degrees clockwise. */
  turn: number;
  filter?: "blur" | "stretch";
}

export interface Attempt {
  view: View;
  binarizer: Binarizer;
}

export interface Source {
  readonly width: number;
  readonly height: number;
  /** The pixels of a view, filter not applied; its size is `outline(view)`. */
  render(view: View): ImageData;
}

export type Decode = (pixels: ImageData, binarizer: Binarizer) => Promise<ScannedCode[]>;

export interface Reading {
  codes: ScannedCode[];
  tries: number;
  tookMs: number;
}

/**
 * Tries attempts until one finds a code or the budget is spent. The first is always made; a further one only if there is
 * time for one as long as the longest so far.
 */
export async function read(
  source: Source,
  attempts: Iterable<Attempt>,
  decode: Decode,
  budgetMs: number,
  now: () => number,
): Promise<Reading> {
  const began = now();
  let tries = 0;
  let longest = 0;
  let rendered: { key: string; pixels: ImageData } | undefined;
  for (const { view, binarizer } of attempts) {
    const start = now();
    if (tries > 0 && start - began + longest > budgetMs) break;
    const key = JSON.stringify(view);
    if (rendered?.key !== key) rendered = { key, pixels: filtered(source.render(view), view.filter) };
    tries += 1;
    const codes = await decode(rendered.pixels, binarizer);
    if (codes.length > 0) return { codes: codes.map((code) => place(code, view)), tries, tookMs: now() - began };
    longest = Math.max(longest, now() - start);
  }
  return { codes: [], tries, tookMs: now() - began };
}

/** Long edge at which a whole picture is looked at first, px: codes of a hand's width at arm's length have 4 px a module. */
const FRAME_EDGE = 960;
const PHOTO_EDGE = 1600;
const LARGEST_EDGE = 4096;

/** For the `round`-th frame: the whole of it, then by turns what finds distant, dark, or badly lit codes. */
export function* frameAttempts(width: number, height: number, round: number): Generator<Attempt> {
  const whole = wholeView(width, height, FRAME_EDGE);
  yield { view: whole, binarizer: "LocalAverage" };
  const others: Attempt[] = [
    { view: part(width, height, 0.5, 0.5, 0.5, FRAME_EDGE), binarizer: "LocalAverage" },
    { view: whole, binarizer: "GlobalHistogram" },
    { view: { ...whole, filter: "blur" }, binarizer: "LocalAverage" },
    { view: { ...whole, scale: whole.scale / 2 }, binarizer: "LocalAverage" },
  ];
  for (let i = 0; i < others.length; i++) {
    const next = others[(round + i) % others.length];
    if (next) yield next;
  }
}

/** Everything worth trying on a photo, the likeliest first. */
export function* photoAttempts(width: number, height: number): Generator<Attempt> {
  const whole = wholeView(width, height, PHOTO_EDGE);
  const edge = Math.max(width, height);
  yield* both(whole);
  if (edge > PHOTO_EDGE) yield* both(wholeView(width, height, LARGEST_EDGE));
  yield* both({ ...whole, scale: whole.scale / 2 });
  if (edge * 2 <= PHOTO_EDGE * 1.5) yield* both({ ...whole, scale: 2 });
  yield* both({ ...whole, filter: "blur" });
  yield* both({ ...whole, filter: "stretch" });
  for (const parts of edge > 2 * PHOTO_EDGE ? [2, 3, 4] : [2]) {
    for (let row = 0; row < parts; row++) {
      for (let column = 0; column < parts; column++) {
        const at = (index: number): number => index / (parts - 1);
        // Neighbours overlap by a third, so that no code is always cut.
        const share = 4 / (3 * parts + 1);
        yield { view: part(width, height, at(column), at(row), share, PHOTO_EDGE), binarizer: "LocalAverage" };
      }
    }
  }
  for (const turn of [45, 20, 70]) yield { view: { ...whole, turn }, binarizer: "LocalAverage" };
  yield* both({ ...whole, scale: whole.scale / 4 });
  if (edge * 3 <= PHOTO_EDGE) yield* both({ ...whole, scale: 3, filter: "blur" });
}

function* both(view: View): Generator<Attempt> {
  yield { view, binarizer: "LocalAverage" };
  yield { view, binarizer: "GlobalHistogram" };
}

function wholeView(width: number, height: number, edge: number): View {
  return { x: 0, y: 0, width, height, scale: Math.min(1, edge / Math.max(width, height)), turn: 0 };
}

/** `share` of the picture in each direction, lying `atX`, `atY` (0 … 1) of the way across. */
function part(width: number, height: number, atX: number, atY: number, share: number, edge: number): View {
  const size = { width: Math.ceil(width * share), height: Math.ceil(height * share) };
  return {
    x: Math.floor((width - size.width) * atX),
    y: Math.floor((height - size.height) * atY),
    ...size,
    scale: Math.min(1, edge / Math.max(size.width, size.height)),
    turn: 0,
  };
}

/** Size of a rendered view in px: a turned one needs more room. */
export function outline(view: View): { width: number; height: number } {
  const angle = (view.turn * Math.PI) / 180;
  const [sin, cos] = [Math.abs(Math.sin(angle)), Math.abs(Math.cos(angle))];
  const size = (a: number, b: number): number => Math.max(1, Math.round((a * cos + b * sin) * view.scale));
  return { width: size(view.width, view.height), height: size(view.height, view.width) };
}

/** A code found in a rendered view, in px of the picture. */
function place(code: ScannedCode, view: View): ScannedCode {
  const rendered = outline(view);
  const angle = (-view.turn * Math.PI) / 180;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const move = ({ x, y }: Point): Point => {
    const [dx, dy] = [(x - rendered.width / 2) / view.scale, (y - rendered.height / 2) / view.scale];
    return { x: view.x + view.width / 2 + dx * cos - dy * sin, y: view.y + view.height / 2 + dx * sin + dy * cos };
  };
  const [a, b, c, d] = code.corners;
  return { text: code.text, corners: [move(a), move(b), move(c), move(d)] };
}

function filtered(pixels: ImageData, filter: View["filter"]): ImageData {
  if (filter === "blur") return blur(pixels);
  if (filter === "stretch") return stretch(pixels);
  return pixels;
}

/** Brightness of each pixel, 0 … 255 (Rec. 601). */
function greys(pixels: ImageData): Uint8ClampedArray {
  const { data } = pixels;
  const grey = new Uint8ClampedArray(data.length / 4);
  for (let i = 0, at = 0; i < grey.length; i++, at += 4) {
    grey[i] = ((data[at] as number) * 77 + (data[at + 1] as number) * 150 + (data[at + 2] as number) * 29) >> 8;
  }
  return grey;
}

function painted(pixels: ImageData, grey: (i: number) => number): ImageData {
  const { data } = pixels;
  for (let i = 0, at = 0; at < data.length; i++, at += 4) data[at] = data[at + 1] = data[at + 2] = grey(i);
  return pixels;
}

/** Mean of 3 × 3: takes away screen raster, print dots and noise. */
function blur(pixels: ImageData): ImageData {
  const { width, height } = pixels;
  const grey = greys(pixels);
  const at = (x: number, y: number): number =>
    grey[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))] as number;
  return painted(pixels, (i) => {
    const x = i % width;
    const y = (i - x) / width;
    let sum = 0;
    for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) sum += at(x + dx, y + dy);
    return sum / 9;
  });
}

/** Darkest and lightest twentieth become black and white: for faded print and haze. */
function stretch(pixels: ImageData): ImageData {
  const grey = greys(pixels);
  const counts = new Uint32Array(256);
  for (const value of grey) counts[value] = (counts[value] as number) + 1;
  const edge = (values: Iterable<number>): number => {
    let left = grey.length / 20;
    for (const value of values) {
      left -= counts[value] as number;
      if (left < 0) return value;
    }
    return 0;
  };
  const values = Array.from(counts.keys());
  const low = edge(values);
  const range = Math.max(1, edge(values.reverse()) - low);
  return painted(pixels, (i) => (((grey[i] as number) - low) * 255) / range);
}
