/** The encodings of docs/protocol.md section 1: canonical JSON, base64url, SHA-256. Frozen: an op is hashed with them for ever. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";

export { bytesToHex, hexToBytes, sha256 };

/** What canonical JSON holds here: no fractions, no unsafe integers; decimals are text. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

const encoder = new TextEncoder();

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

export const sha256hex = (bytes: Uint8Array): string => bytesToHex(sha256(bytes));

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUE = new Map([...ALPHABET].map((char, index) => [char, index]));

/** base64url without padding. */
export function toBase64url(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const word = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += ALPHABET.charAt(word >> 18) + ALPHABET.charAt((word >> 12) & 63);
    if (left > 1) text += ALPHABET.charAt((word >> 6) & 63);
    if (left > 2) text += ALPHABET.charAt(word & 63);
  }
  return text;
}

/** Inverse of `toBase64url`. Throws on anything else. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 === 1) throw new RangeError("base64url of impossible length");
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let word = 0;
  let bits = 0;
  let at = 0;
  for (const char of text) {
    const value = VALUE.get(char);
    if (value === undefined) throw new RangeError(`“${char}” is no base64url`);
    word = ((word << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (word >> bits) & 0xff;
    }
  }
  return bytes;
}

/** Canonical text of a JSON value (RFC 8785). Throws RangeError for what has no form here. Members that are undefined are left out. */
export function canonical(value: Json): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "boolean":
      return value ? "true" : "false";
    case "number":
      if (!Number.isSafeInteger(value)) throw new RangeError(`canonical JSON: ${value} is no safe integer; write it as text`);
      return String(value); // -0 gives "0"
    case "string":
      if (/\p{Surrogate}/u.test(value)) throw new RangeError("canonical JSON: a lone surrogate is no text");
      return JSON.stringify(value);
    case "object":
      break;
    default:
      throw new RangeError(`canonical JSON: a ${typeof value} has no form here`);
  }
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonical).join(",")}]`;
  const members = value as { readonly [key: string]: Json | undefined };
  const parts: string[] = [];
  for (const key of Object.keys(members).sort()) {
    // default order: UTF-16 code units
    const member = members[key];
    if (member !== undefined) parts.push(`${canonical(key)}:${canonical(member)}`);
  }
  return `{${parts.join(",")}}`;
}
