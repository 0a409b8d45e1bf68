/** The op: header, payload and salt, frozen once, chained for ever (docs/protocol.md section 2). */
import { bytesToHex, canonical, concat, fromBase64url, hexToBytes, sha256, toBase64url, utf8, type Json } from "./bytes";

export const SCHEMA = 1;
export const MAX_HEADER = 2_048;
export const MAX_PAYLOAD = 32_768;

export interface Group {
  first: number;
  index: number;
  size: number;
}

/** `[wall, boot, mono, centre_time, centre_mono]`, ms. */
export type Times = readonly [number, number, number, number | null, number | null];

export interface Header {
  i: string;
  n: number;
  s: number;
  u: string;
  k: string;
  r: string;
  x: number;
  t: Times;
  g?: Group;
  c?: readonly string[];
}

export interface Payload {
  v: Record<string, Json>;
  b?: Record<string, string | null>;
  at?: { lat: string; lon: string; accuracy_m?: string };
}

/** The three byte strings of an op, as they are kept and sent, with the identity they give it. */
export interface Frozen {
  header: string;
  payload: string;
  /** base64url of 16 random bytes */
  salt: string;
  /** Full hash, hex. */
  h: string;
  /** First 9 bytes of the hash, base64url. */
  name: string;
}

export class OpTooLarge extends Error {}

/** h_0 of an install's chain. */
export function genesis(centre: string, install: string, spki: Uint8Array): string {
  return bytesToHex(sha256(concat(utf8("sitebook-genesis-1"), utf8(centre), utf8(install), spki)));
}

/** pc: what stays of a payload after its erasure. */
export const commitment = (salt: Uint8Array, payload: Uint8Array): Uint8Array => sha256(concat(salt, payload));

/** h_n from h_{n-1}. */
export function link(previous: string, headerHash: Uint8Array, payloadCommitment: Uint8Array): string {
  return bytesToHex(sha256(concat(hexToBytes(previous), headerHash, payloadCommitment)));
}

/** The short form in which `b` and a record's writers name an op. */
export const opName = (h: string): string => toBase64url(hexToBytes(h.slice(0, 18)));

/** The hash of an op from its three parts and the hash before it. */
export function hashOf(previous: string, op: Pick<Frozen, "header" | "payload" | "salt">): string {
  return link(previous, sha256(utf8(op.header)), commitment(fromBase64url(op.salt), utf8(op.payload)));
}

/** Make an op. Throws OpTooLarge beyond the protocol's limits and RangeError for values without a canonical form. */
export function freeze(previous: string, header: Header, payload: Payload, salt: Uint8Array): Frozen {
  const body: Payload = { v: payload.v };
  if (payload.b && Object.keys(payload.b).length > 0) body.b = payload.b;
  if (payload.at) body.at = payload.at;
  const parts = {
    header: canonical(header as unknown as Json),
    payload: canonical(body as unknown as Json),
    salt: toBase64url(salt),
  };
  const sizes = { header: utf8(parts.header).length, payload: utf8(parts.payload).length };
  if (sizes.header > MAX_HEADER) throw new OpTooLarge(`header of ${sizes.header} bytes, at most ${MAX_HEADER}`);
  if (sizes.payload > MAX_PAYLOAD) throw new OpTooLarge(`payload of ${sizes.payload} bytes, at most ${MAX_PAYLOAD}`);
  const h = hashOf(previous, parts);
  return { ...parts, h, name: opName(h) };
}

/** The op's line on the wire, without the line feed. */
export const opLine = (op: Pick<Frozen, "header" | "payload" | "salt">): string =>
  JSON.stringify({ h: op.header, p: op.payload, x: op.salt });
