/** Time and place out of a photo's EXIF. Whatever cannot be read is left out: bad metadata never costs a photo. */
import { parse } from "exifr";
import type { PhotoPosition } from "./photoTypes";

export interface Metadata {
  /** Milliseconds UTC. */
  takenAt?: number;
  position?: PhotoPosition;
}

const TAGS = [
  "DateTimeOriginal",
  "CreateDate",
  "ModifyDate",
  "OffsetTimeOriginal",
  "OffsetTimeDigitized",
  "OffsetTime",
  "GPSLatitude",
  "GPSLatitudeRef",
  "GPSLongitude",
  "GPSLongitudeRef",
  "GPSHPositioningError",
  "GPSDateStamp",
  "GPSTimeStamp",
];

/** EXIF of a JPEG, HEIC, PNG or TIFF. Never throws. */
export async function readMetadata(file: Blob | ArrayBuffer): Promise<Metadata> {
  let tags: unknown;
  try {
    tags = await parse(file, {
      tiff: true,
      exif: true,
      gps: true,
      interop: false,
      xmp: false,
      icc: false,
      iptc: false,
      jfif: false,
      reviveValues: false,
      pick: TAGS,
    });
  } catch {
    return {};
  }
  return typeof tags === "object" && tags !== null ? metadataOf(tags as Record<string, unknown>) : {};
}

/** The same from tags already read. `zoneOffsetMinutes`: minutes east of UTC to assume where the file tells no zone. */
export function metadataOf(
  tags: Record<string, unknown>,
  zoneOffsetMinutes: (localMs: number) => number = browserOffset,
): Metadata {
  const found: Metadata = {};
  const takenAt = readTime(tags, zoneOffsetMinutes);
  if (takenAt !== undefined) found.takenAt = takenAt;
  const position = readPosition(tags);
  if (position) found.position = position;
  return found;
}

const EARLIEST = Date.UTC(1990, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

function readTime(tags: Record<string, unknown>, zoneOffsetMinutes: (localMs: number) => number): number | undefined {
  const local = readCivil(tags["DateTimeOriginal"]) ?? readCivil(tags["CreateDate"]) ?? readCivil(tags["ModifyDate"]);
  if (local === undefined) return undefined;
  const offset =
    readOffset(tags["OffsetTimeOriginal"]) ??
    readOffset(tags["OffsetTimeDigitized"]) ??
    readOffset(tags["OffsetTime"]) ??
    offsetBySatellite(local, tags) ??
    zoneOffsetMinutes(local);
  const at = local - offset * 60_000;
  return at > EARLIEST && at < LATEST ? at : undefined;
}

/** `2022:08:14 14:12:31` as if it were UTC, ms. */
function readCivil(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const match = /^(\d{4})[:\-/](\d\d)[:\-/](\d\d)[ T](\d\d):(\d\d):(\d\d)/.exec(value.trim());
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [number, number, number, number, number, number];
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC takes 0000:00:00 and 31 February for other days.
  const same = new Date(at);
  if (same.getUTCMonth() !== month - 1 || same.getUTCDate() !== day || hour > 23 || minute > 59 || second > 60) return undefined;
  return at > EARLIEST && at < LATEST ? at : undefined;
}

/** `+08:00` in minutes. */
function readOffset(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const match = /^([+-])(\d\d):(\d\d)$/.exec(value.trim());
  if (!match) return value.trim() === "Z" ? 0 : undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return minutes <= 14 * 60 ? (match[1] === "-" ? -minutes : minutes) : undefined;
}

/** The zone that lies between the camera's clock and the satellites': a multiple of 15 minutes, or neither is believed. */
function offsetBySatellite(local: number, tags: Record<string, unknown>): number | undefined {
  const date = tags["GPSDateStamp"];
  const time = tags["GPSTimeStamp"];
  if (typeof date !== "string" || !Array.isArray(time) || time.length !== 3) return undefined;
  const [hour, minute, second] = time.map(Number) as [number, number, number];
  const midnight = readCivil(`${date} 00:00:00`);
  if (midnight === undefined || ![hour, minute, second].every(Number.isFinite)) return undefined;
  const apart = (local - (midnight + ((hour * 60 + minute) * 60 + second) * 1000)) / 60_000;
  const rounded = Math.round(apart / 15) * 15;
  return Math.abs(rounded) <= 14 * 60 && Math.abs(apart - rounded) <= 5 ? rounded : undefined;
}

function browserOffset(localMs: number): number {
  const local = new Date(localMs);
  const here = new Date(
    local.getUTCFullYear(),
    local.getUTCMonth(),
    local.getUTCDate(),
    local.getUTCHours(),
    local.getUTCMinutes(),
    local.getUTCSeconds(),
  );
  return -here.getTimezoneOffset();
}

function readPosition(tags: Record<string, unknown>): PhotoPosition | undefined {
  const lat = readDegrees(tags["GPSLatitude"], tags["GPSLatitudeRef"], "S", 90);
  const lon = readDegrees(tags["GPSLongitude"], tags["GPSLongitudeRef"], "W", 180);
  // Cameras without a fix write zeros.
  if (lat === undefined || lon === undefined || (lat === 0 && lon === 0)) return undefined;
  const position: PhotoPosition = { lat: decimal(lat, 6), lon: decimal(lon, 6) };
  const accuracy = tags["GPSHPositioningError"];
  if (typeof accuracy === "number" && accuracy > 0 && accuracy < 1_000_000) position.accuracy_m = decimal(accuracy, 1);
  return position;
}

function readDegrees(value: unknown, ref: unknown, negative: string, limit: number): number | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [degrees, minutes, seconds] = value as [unknown, unknown, unknown];
  if (typeof degrees !== "number" || typeof minutes !== "number" || typeof seconds !== "number") return undefined;
  const sum = degrees + minutes / 60 + seconds / 3600;
  if (!Number.isFinite(sum) || sum < 0 || sum > limit) return undefined;
  return ref === negative ? -sum : sum;
}

/** A decimal as ops hold it: no exponent, no needless zeros. */
export function decimal(value: number, places: number): string {
  const text = value.toFixed(places).replace(/\.?0+$/, "");
  return text === "-0" ? "0" : text;
}
