/** Ids and tokens drawn on this phone. */
import { bytesToHex, toBase64url } from "./bytes";

export type Random = (bytes: number) => Uint8Array;

/** UUIDv7 (RFC 9562), lower case: 48 bits of milliseconds, then random bits. */
export function uuid7(now: number, random: Random): string {
  const bytes = new Uint8Array(16);
  bytes.set(random(10), 6);
  let rest = Math.max(0, Math.floor(now));
  for (let at = 5; at >= 0; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytesToHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** 26 characters of Crockford base32: 128 random bits (the last character holds three of them). */
export function token26(random: Random): string {
  let bits = 0n;
  for (const byte of random(16)) bits = (bits << 8n) | BigInt(byte);
  bits <<= 2n;
  let text = "";
  for (let shift = 125n; shift >= 0n; shift -= 5n) text += CROCKFORD.charAt(Number((bits >> shift) & 31n));
  return text;
}

/** Id of an install: 16 random bytes, base64url. */
export const installId = (random: Random): string => toBase64url(random(16));
