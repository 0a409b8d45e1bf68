/**
 * Everything that screens may ask of the engine. No screen knows the network: it reads `store`, keeps half-filled forms in
 * `drafts`, and says what a person did with `act`.
 *
 *     const asset = $derived(store.get("asset", id));             // reactive
 *     await act([{ kind: "asset", record: asset.id, seen: asset, values: { name: "核心交换机" } }]);
 */
import type { KindName, Records, Role } from "../model/generated";
import type { ActOptions, BlobState, Draft, FieldName, OutboxItem, Person, Rec, Saved, SyncStatus } from "./types";

export * from "./types";

/** Reads of merged records with this install's own ops on top. Every read is reactive per kind. Deleted records are left out. */
export interface StoreApi {
  /** One record, or undefined. Deleted ones are returned too (`$deleted`), so that a link to them can say so. */
  get<K extends KindName>(kind: K, id: string | null | undefined): Rec<K> | undefined;
  /** All of a kind, in no particular order. The array is new only when something of the kind changed. */
  all<K extends KindName>(kind: K): readonly Rec<K>[];
  /** Records whose field is (or, for a list, contains) the id or text. Indexed: costs what it returns. */
  by<K extends KindName>(kind: K, field: FieldName<K>, value: string): readonly Rec<K>[];
  /** The assets that carry this label token (upper case). More than one: a clash for people to settle. */
  assetByToken(token: string): readonly Rec<"asset">[];
  /** Assets with this position code, any case. */
  assetByCode(code: string): readonly Rec<"asset">[];
  /**
   * Assets whose code, serial, tag, name, model, manufacturer, person, department, room or category contain every word of
   * the text; exact and leading matches of code and serial first. An empty text finds nothing.
   */
  search(text: string, limit?: number): readonly Rec<"asset">[];
  /** Counts up with every change of the kind. Reading it makes an effect depend on the kind. */
  version(kind: KindName): number;
  /** The scopes this install was last told to hold, e.g. `site:<id>`. */
  scopes(): readonly string[];
}

/** Half-filled forms, persisted at once. Values are structured-clonable; keys like `inspect:<round>:<asset>`. Last write wins. */
export interface DraftsApi {
  load<T>(key: string): Promise<T | undefined>;
  /** Resolves when on disk. Throws NotSaved when the phone refuses. Calls need not be awaited one by one: they stay in order. */
  save(key: string, value: unknown): Promise<void>;
  drop(key: string): Promise<void>;
  /** Keys that begin with the prefix. */
  keys(prefix: string): Promise<string[]>;
}

export interface SyncApi {
  readonly status: SyncStatus;
  /** Start a round now (joins one that is running). Resolves when it is over, also when it failed: see `status`. */
  now(): Promise<void>;
  /** Newest first: all that is pending or needs a look, then the latest confirmed ones. Reactive. */
  outbox(limit?: number): Promise<readonly OutboxItem[]>;
  /** Try refused or failed blobs again. */
  retryBlobs(): Promise<void>;
}

export interface IdentityApi {
  /** This profile has an install id and key that the centre knows. */
  readonly enrolled: boolean;
  readonly centre: string | undefined;
  readonly install: string | undefined;
  /** Who is signed in (ops are theirs), or undefined. */
  readonly user: string | undefined;
  readonly role: Role | undefined;
  /** The screen is locked: nothing may be shown until `unlock`. */
  readonly locked: boolean;
  /** People who signed in on this install before. */
  readonly people: readonly Person[];
  /** The record of the person signed in, as far as it was pulled. */
  readonly me: Rec<"user"> | undefined;
  /** Draws the install's id and key and presents the invitation (the text in the link after `/enrol/`, or the whole link). Throws DoorError. */
  enrol(invitation: string, deviceName: string): Promise<Person>;
  signInWithPasskey(): Promise<Person>;
  signInWithPin(user: string, pin: string): Promise<Person>;
  /** Adds a passkey of this phone for the person signed in. */
  addPasskey(name: string): Promise<void>;
  setPin(pin: string, current?: string): Promise<void>;
  /** Locks; nothing is deleted. The next person signs in with PIN or passkey; ops keep their authors. */
  lock(): Promise<void>;
  /** Opens the screen lock; works offline by PIN for people who set it on this phone. False: wrong PIN. */
  unlock(user: string, pin: string): Promise<boolean>;
  /** Ends the session at the centre. Refused with NotSaved-like DoorError("outbox_pending") while anything is undelivered. */
  signOut(): Promise<void>;
}

/** Opens the databases, fills `store` from the cache, starts syncing. Await it once before mounting the app; offline it is quick. */
export declare function start(): Promise<void>;
export declare const store: StoreApi;
export declare const drafts: DraftsApi;
export declare const sync: SyncApi;
export declare const identity: IdentityApi;

/**
 * Freezes one op per draft and saves all of them with their blobs in one strict transaction. Resolves when they are on disk
 * ("saved on this phone") and visible in `store`; sending follows by itself. Throws NotSaved: then nothing was saved.
 */
export declare function act(acts: readonly Draft[], options?: ActOptions): Promise<Saved>;

/** Where a blob of this install is; undefined for one that it does not hold. Reactive. */
export declare function blobState(sha256: string): BlobState | undefined;
/** The bytes of a blob held here, else from the centre if it can be reached, else undefined. `size`: thumb (320 px) or view (1600 px) of a photo. */
export declare function blobBytes(sha256: string, size?: "thumb" | "view"): Promise<Blob | undefined>;

/** UUIDv7, lower case. */
export declare function newId(): string;
/** 26 characters of Crockford base32: 128 random bits, for the customer's private copy. */
export declare function newToken26(): string;
export declare function sha256hex(bytes: Uint8Array): string;
export type { Records };
