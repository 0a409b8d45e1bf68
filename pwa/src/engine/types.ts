/** What screens and the engine say to each other. Types only; `api.ts` has the things themselves. */
import type { Changes, KindName, Records, Role } from "../model/generated";

/** A field of a kind. */
export type FieldName<K extends KindName> = keyof Records[K] & string;

/** What every record object carries beside its fields. */
export interface RecMeta<K extends KindName> {
  readonly id: string;
  readonly $kind: K;
  /** Seq of the centre's state below; 0 while the record exists on this phone only. */
  readonly $q: number;
  /** An op of this install on this record is saved here and not yet confirmed by the centre. */
  readonly $pending: boolean;
  readonly $deleted: boolean;
  /** Name (12 characters) of the op that wrote the field; null if it was never set. */
  $writers(field: FieldName<K>): string | null;
}

/**
 * A record as screens read it: what the centre last told, overlaid with this install's own ops. An immutable snapshot: when
 * the record changes, the store hands out a new object, and the old one still says what its reader had before their eyes.
 */
export type Rec<K extends KindName> = Readonly<Records[K]> & RecMeta<K>;

/** A change of a field of policy members. */
export interface Members {
  add?: readonly string[];
  del?: readonly string[];
}

/** New values of a record: `null` clears; a set takes `{add, del}`; a status takes `[from, to]` ("" = new record). */
export type Values<K extends KindName> = {
  [F in FieldName<K>]?: F extends keyof Changes[K]
    ? Changes[K][F] extends "members"
      ? Members
      : readonly [from: string, to: string]
    : Records[K][F] | null;
};

/** What somebody means to change on one record of a kind. */
export interface DraftOf<K extends KindName> {
  kind: K;
  /** The record's id; for a new record one from `newId()`. */
  record: string;
  values: Values<K>;
  /** The record as the form showed it. Left out: as the store shows it now. */
  seen?: Rec<K> | null;
  /** SHA-256 of the blobs that belong to this op (a photo, a statement, strokes). */
  blobs?: readonly string[];
  /** Delete the record (soft); `values` is then `{}`. */
  delete?: boolean;
}

/** A draft of any kind. */
export type Draft<K extends KindName = KindName> = { [P in K]: DraftOf<P> }[K];

/** Bytes that are saved with their op. `sha256` is that of exactly these bytes; left out, it is computed. */
export interface NewBlob {
  bytes: Uint8Array;
  mime: string;
  sha256?: string;
}

export interface Place {
  lat: string;
  lon: string;
  accuracy_m?: string;
}

export interface ActOptions {
  blobs?: readonly NewBlob[];
  /** All ops of this act apply together or not at all (signing, part swap). Without effect for a single draft. */
  group?: boolean;
  /** Where the author was, if allowed. */
  at?: Place;
  /** Drafts to drop in the same transaction: the form that this act finishes. */
  drop?: readonly string[];
  /** Drafts to save in the same transaction, e.g. the form that names a photo just taken. */
  save?: Readonly<Record<string, unknown>>;
}

export interface SavedOp {
  n: number;
  /** Full hash, 64 hex characters. */
  h: string;
  /** The op's name, 12 characters. */
  name: string;
  kind: string;
  record: string;
}

/** The act is on disk: shown as "saved on this phone". */
export interface Saved {
  ops: readonly SavedOp[];
}

export type NotSavedCode =
  | "quota" // the phone has no room left
  | "invalid" // a value is not what its field takes; `field` says which
  | "too_large" // an op may hold 32 KB
  | "not_enrolled"
  | "failed"; // the browser refused to write; `cause` has its reason

/** Nothing of the act was saved. Show it, keep the form as it is, offer to try again. */
export class NotSaved extends Error {
  constructor(
    readonly code: NotSavedCode,
    message: string,
    readonly field?: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = "NotSaved";
  }
}

export type Verdict =
  | "applied"
  | "noop"
  | "conflict"
  | "disputed"
  | "waiting"
  | "parked"
  | "quarantined"
  | "lost"
  | "dismissed";

/** Where a blob's bytes are. */
export interface BlobState {
  sha256: string;
  size: number;
  mime: string;
  /** Bytes the centre has. */
  sent: number;
  /** The centre has the whole and said so. */
  confirmed: boolean;
  /** Why the last try failed; it is tried again by itself unless `refused`. */
  problem?: string;
  refused?: boolean;
}

/** One line of the outbox: an op of this install and what became of it. */
export interface OutboxItem {
  n: number;
  kind: KindName;
  deleted: boolean;
  record: string;
  /** What people call the record: code, name or title, as far as known. */
  title: string;
  user: string;
  /** When it was saved, by this phone's clock. */
  at: number;
  verdict?: Verdict;
  /** Why it was parked, disputed or in conflict. */
  code?: string;
  detail?: string;
  blobs: readonly BlobState[];
}

export type SyncProblem =
  | { code: "offline" }
  | { code: "server"; status: number; problem: string; detail: string }
  | { code: "gap" } // the centre and this install do not agree on the chain
  | { code: "storage"; detail: string };

/** Reactive: read its fields in markup or `$derived`. */
export interface SyncStatus {
  /** Ops saved here and not yet confirmed. */
  readonly pendingOps: number;
  readonly pendingBlobs: number;
  readonly confirmedBlobs: number;
  /** Bytes of the pending blobs. */
  readonly bytes: number;
  /** Learnt from the last request; undefined before the first. */
  readonly reachable: boolean | undefined;
  /** Wall clock of the last answer. */
  readonly lastContactAt: number | undefined;
  readonly running: boolean;
  /** While more than one page is being pulled (the first time, or after long): records received, and how many there will be if known. */
  readonly bootstrap: { readonly done: number; readonly total: number | undefined } | undefined;
  readonly problem: SyncProblem | undefined;
  /** Ops that the centre did not take: parked, quarantined, lost; a person has to look. */
  readonly attention: number;
  /** False: the centre wants a sign-in before it sends anything (pushing goes on). */
  readonly session: boolean | undefined;
  /** The app is older than the centre likes. */
  readonly upgrade: boolean;
}

export interface Person {
  id: string;
  name: string;
  role: Role;
  /** This phone can check their PIN for the screen lock while offline. */
  pin: boolean;
}

/** Whom an invitation is for. */
export interface Invited {
  centre: string;
  user: string;
  name: string;
  role: Role;
  company: { zh: string; en: string };
  expires_at: number;
  trial: boolean;
  /** Passkeys can work at this address. */
  passkeys: boolean;
}

/** How the person can come in again on this install. */
export interface Ways {
  passkeys: number;
  pin: boolean;
}

/** What the sign-in routes answer; `code` is of the centre's table of errors, `detail` its text in the person's language. */
export class DoorError extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
    readonly status: number,
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${code}: ${detail}`);
    this.name = "DoorError";
  }
}
