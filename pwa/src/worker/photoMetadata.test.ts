import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { decimal, metadataOf, readMetadata } from "./photoMetadata";

const utc = (): number => 0;

describe("time", () => {
  const at = (tags: Record<string, unknown>): number | undefined => metadataOf(tags, () => 8 * 60).takenAt;

  test("with its zone", () => {
    expect(at({ DateTimeOriginal: "2022:08:14 14:12:31", OffsetTimeOriginal: "+03:00" })).toBe(Date.UTC(2022, 7, 14, 11, 12, 31));
    expect(at({ DateTimeOriginal: "2022:08:14 14:12:31", OffsetTime: "-09:30" })).toBe(Date.UTC(2022, 7, 14, 23, 42, 31));
  });

  test("with the zone that the satellites' clock tells", () => {
    const gps = { GPSDateStamp: "2015:04:10", GPSTimeStamp: [18, 12, 23.06] };
    expect(at({ DateTimeOriginal: "2015:04:10 20:12:23", ...gps })).toBe(Date.UTC(2015, 3, 10, 18, 12, 23));
    // A fix from another day says nothing of the zone.
    expect(at({ DateTimeOriginal: "2015:04:12 20:12:23", ...gps })).toBe(Date.UTC(2015, 3, 12, 12, 12, 23));
    expect(at({ DateTimeOriginal: "2015:04:10 20:12:23", GPSDateStamp: "2015:04:10", GPSTimeStamp: [18, NaN, 1] })).toBe(
      Date.UTC(2015, 3, 10, 12, 12, 23),
    );
  });

  test("without a zone counts as this phone's", () => {
    expect(at({ CreateDate: "2025-11-21 22:32:00" })).toBe(Date.UTC(2025, 10, 21, 14, 32));
  });

  test.each([undefined, "", "0000:00:00 00:00:00", "2025:02:30 10:00:00", "1970:01:01 00:00:00", "yesterday", 20251121, "2025:11:21 25:00:00"])(
    "that makes no sense is left out: %s",
    (value) => expect(at({ DateTimeOriginal: value })).toBeUndefined(),
  );
});

describe("position", () => {
  const here = { GPSLatitude: [43, 28, 2.814], GPSLatitudeRef: "N", GPSLongitude: [11, 53, 6.456], GPSLongitudeRef: "W" };

  test("becomes decimal degrees", () => {
    expect(metadataOf({ ...here, GPSHPositioningError: 4.94 }, utc).position).toEqual({
      lat: "43.467448",
      lon: "-11.88512700".slice(0, 10),
      accuracy_m: "4.9",
    });
  });

  test.each([
    { GPSLatitude: [91, 0, 0] },
    { GPSLatitude: [NaN, 0, 0] },
    { GPSLatitude: [43, 28] },
    { GPSLatitude: "43" },
    { GPSLongitude: undefined },
    { GPSLatitude: [0, 0, 0], GPSLongitude: [0, 0, 0] },
  ])("that makes no sense is left out: %o", (change) => {
    expect(metadataOf({ ...here, ...change }, utc).position).toBeUndefined();
  });
});

test("decimals have no exponent and no needless zeros", () => {
  expect([0.0000001, -0.0000001, 10, 1.5, 120.000001].map((value) => decimal(value, 6))).toEqual(["0", "0", "10", "1.5", "120.000001"]);
});

const photos = fileURLToPath(new URL("../../../../shared/data/photos/", import.meta.url));

describe.skipIf(!existsSync(photos))("real files (../shared/data/photos, where it is beside this repository)", () => {
  test.each([
    ["DSCN0010.jpg", undefined, { lat: "43.467448", lon: "11.885127" }],
    ["HMD_Nokia_8.3_5G.jpg", Date.UTC(2022, 7, 14, 11, 12, 31), { lat: "60.146706", lon: "24.906772" }],
    ["iphone_hdr_YES.jpg", Date.UTC(2015, 3, 10, 18, 12, 23), { lat: "40.446972", lon: "-3.724753" }],
    ["iphone_13_pro_max.HEIC", Date.UTC(2022, 1, 16, 11, 55, 41), undefined],
  ])("%s", async (name, takenAt, position) => {
    const found = await readMetadata(new Uint8Array(await readFile(photos + name)).buffer);
    if (takenAt !== undefined) expect(found.takenAt).toBe(takenAt);
    expect(found.position).toEqual(position);
  });

  test.each(["landscape_3.jpg", "damaged/image00971.jpg", "damaged/image01088.jpg", "damaged/image01137.jpg"])(
    "%s tells nothing and breaks nothing",
    async (name) => expect(await readMetadata(new Uint8Array(await readFile(photos + name)).buffer)).toEqual({}),
  );
});

test.each([[[]], [[0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 0x45, 0x78, 0x69, 0x66, 0, 0]], [Array.from("hello", (c) => c.charCodeAt(0))]])(
  "bytes that are no metadata are none",
  async (bytes) => expect(await readMetadata(new Uint8Array(bytes).buffer)).toEqual({}),
);
