import { expect, test } from "vitest";
import { frameAttempts, outline, photoAttempts, read, type Attempt, type Decode, type Source, type View } from "./scanRead";
import type { ScannedCode } from "./scanTypes";

const code = (x: number, y: number): ScannedCode => ({
  text: "A",
  corners: [
    { x, y },
    { x: x + 10, y },
    { x: x + 10, y: y + 10 },
    { x, y: y + 10 },
  ],
});

const source = (width: number, height: number, rendered: View[] = []): Source => ({
  width,
  height,
  render(view) {
    rendered.push(view);
    const size = outline(view);
    return { ...size, data: new Uint8ClampedArray(size.width * size.height * 4), colorSpace: "srgb" } as ImageData;
  },
});

const view = (change: Partial<View> = {}): View => ({ x: 0, y: 0, width: 100, height: 50, scale: 1, turn: 0, ...change });
const attempt = (change: Partial<View> = {}): Attempt => ({ view: view(change), binarizer: "LocalAverage" });

test("looking stops at the first attempt that finds something", async () => {
  let asked = 0;
  const decode: Decode = () => Promise.resolve(++asked === 2 ? [code(1, 2)] : []);
  const reading = await read(source(100, 50), [attempt(), attempt({ scale: 0.5 }), attempt({ scale: 2 })], decode, 1000, () => 0);
  expect(reading.tries).toBe(2);
  expect(reading.codes.map((found) => found.text)).toEqual(["A"]);
});

test("a further attempt is made only if there is time for it", async () => {
  let clock = 0;
  const decode: Decode = () => {
    clock += 25;
    return Promise.resolve([]);
  };
  const many = Array.from({ length: 9 }, (_, i) => attempt({ scale: 1 + i }));
  expect((await read(source(100, 50), many, decode, 60, () => clock)).tries).toBe(2);
  clock = 0;
  const slow: Decode = () => ((clock += 500), Promise.resolve([]));
  expect((await read(source(100, 50), many, slow, 60, () => clock)).tries).toBe(1);
});

test("corners come back in px of the picture, from a part, a scale and a turn", async () => {
  const decode: Decode = () => Promise.resolve([code(20, 10)]);
  const part = await read(source(400, 400), [attempt({ x: 100, y: 200, scale: 0.5 })], decode, 60, () => 0);
  expect(part.codes[0]?.corners[0]).toEqual({ x: 140, y: 220 });
  expect(part.codes[0]?.corners[2]).toEqual({ x: 160, y: 240 });
  // Turned by 90°, the view is 50 × 100: its point (20, 10) was (10, 30) before.
  const turned = await read(source(100, 50), [attempt({ turn: 90 })], decode, 60, () => 0);
  const corner = turned.codes[0]?.corners[0];
  expect(corner?.x).toBeCloseTo(10);
  expect(corner?.y).toBeCloseTo(30);
});

test("a view is drawn once for both binarizers", async () => {
  const rendered: View[] = [];
  const decode: Decode = () => Promise.resolve([]);
  const both: Attempt[] = [attempt(), { ...attempt(), binarizer: "GlobalHistogram" }];
  await read(source(100, 50, rendered), both, decode, 1000, () => 0);
  expect(rendered).toHaveLength(1);
});

test.each([
  [1, 1],
  [300, 200],
  [1280, 720],
  [4032, 3024],
  [12_000, 3000],
])("every view of a %i × %i picture lies inside it and is of bearable size", (width, height) => {
  const all = [...photoAttempts(width, height), ...frameAttempts(width, height, 0), ...frameAttempts(width, height, 3)];
  expect(all.length).toBeGreaterThan(4);
  for (const { view: looked } of all) {
    expect(looked.x).toBeGreaterThanOrEqual(0);
    expect(looked.y).toBeGreaterThanOrEqual(0);
    expect(looked.x + looked.width).toBeLessThanOrEqual(width);
    expect(looked.y + looked.height).toBeLessThanOrEqual(height);
    const size = outline(looked);
    expect(Math.max(size.width, size.height)).toBeLessThanOrEqual(4096);
  }
});

test("parts of a large photo leave no gap, and neighbours overlap", () => {
  const parts = [...photoAttempts(4000, 4000)].map(({ view: looked }) => looked).filter((looked) => looked.width === 1231);
  const starts = [...new Set(parts.map((looked) => looked.x))].sort((a, b) => a - b);
  expect(starts).toHaveLength(4);
  for (const [i, start] of starts.slice(1).entries()) expect(start).toBeLessThan((starts[i] as number) + 1231 * 0.8);
  expect((starts.at(-1) as number) + 1231).toBe(4000);
});

test("frames take turns in what they try second", () => {
  const second = (round: number): string => JSON.stringify([...frameAttempts(1280, 720, round)][1]);
  expect(new Set([0, 1, 2, 3].map(second)).size).toBe(4);
  expect(second(4)).toBe(second(0));
});
