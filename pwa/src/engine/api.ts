/**
 * Everything that screens may ask of the engine. No screen knows the network: it reads `store`, keeps half-filled forms in
 * `drafts`, and says what a person did with `act`.
 *
 *     await start();                                                  // once, before the app is mounted
 *     const asset = $derived(store.get("asset", id));                 // reactive
 *     await act([{ kind: "asset", record: asset.id, seen: asset, values: { name: "核心交换机" } }]);
 */
import { version } from "../../package.json";
import type { KindName, Role } from "../model/generated";
import { browserEnv, browserPasskeys, persist, platformName, watchCentre, watchPage } from "./browser";
import { sha256hex } from "./bytes";
import { Engine } from "./engine";
import { Identity } from "./identity";
import { token26, uuid7 } from "./ids";
import { blobBytes as bytesOf, picture as pictureOf, type PictureSize } from "./pictures";
import { runeSignal } from "./signals.svelte";
import { buildStatement, gatherStatement, lastInspection as lastOf, type Statement, type StatementRequest } from "./statement";
import type { ActOptions, BlobState, Draft, FieldName, Invited, OutboxItem, Person, Rec, Saved, SyncStatus, Ways } from "./types";

export * from "./types";
export { answerText, bilingual, rangeText, readStatement, StatementIncomplete } from "./statement";
export type { Statement, StatementLine, StatementSigner } from "./statement";
export { sha256hex };
export type { PictureSize };

/** Reads of merged records with this install's own ops on top. Every read is reactive per kind. Deleted records are left out. */
export interface StoreApi {
  /** One record, or undefined. Deleted ones are returned too (`$deleted`), so that a link to them can say so. */
  get<K extends KindName>(kind: K, id: string | null | undefined): Rec<K> | undefined;
  /** All of a kind, in no particular order. The array is new only when something of the kind changed. */
  all<K extends KindName>(kind: K): readonly Rec<K>[];
  /** Records whose field is (or, for a list, contains) the id or text. Indexed: costs what it returns. */
  by<K extends KindName>(kind: K, field: FieldName<K>, value: string): readonly Rec<K>[];
  /** The assets that carry this label token (any case). More than one: a clash for people to settle. */
  assetByToken(token: string): readonly Rec<"asset">[];
  /** Assets with this position code, any case. */
  assetByCode(code: string): readonly Rec<"asset">[];
  /**
   * Assets whose code, serial, tag, name, model, manufacturer, person, department, place (room, floor, building) or category
   * contain every word of the text; exact and leading matches of code, serial and tag first. An empty text finds nothing.
   */
  search(text: string, limit?: number): readonly Rec<"asset">[];
  /** Counts up with every change of the kind. Reading it makes an effect depend on the kind. */
  version(kind: KindName): number;
  /** The scopes this install was last told to hold, e.g. `site:<id>`. */
  scopes(): readonly string[];
}

/** Half-filled forms, persisted at once. Values are structured-clonable (records too); keys like `inspect:<round>:<asset>`. Last write wins. */
export interface DraftsApi {
  load<T>(key: string): Promise<T | undefined>;
  /** Resolves when written. Throws NotSaved when the phone refuses. Calls need not be awaited one by one: they stay in order. */
  save(key: string, value: unknown): Promise<void>;
  drop(key: string): Promise<void>;
  /** Keys that begin with the prefix. */
  keys(prefix: string): Promise<string[]>;
}

export interface SyncApi {
  readonly status: SyncStatus;
  /** Start a round now (joins one that is running). Resolves when it is over, also when it failed: see `status`. */
  now(): Promise<void>;
  /** Pending first, then what needs a look, then the latest. Call it in an effect that reads `outboxVersion()`. */
  outbox(limit?: number): Promise<readonly OutboxItem[]>;
  /** Counts up whenever the outbox list may have changed. Reactive. */
  outboxVersion(): number;
  /** Try refused or failed blobs again. */
  retryBlobs(): Promise<void>;
}

/** Reactive: read its fields in markup or `$derived`. Calls to the centre throw DoorError (`code`, `detail`; code "offline" without network). */
export interface IdentityApi {
  /** This profile has an install id and key that the centre knows. */
  readonly enrolled: boolean;
  readonly centre: string | undefined;
  readonly install: string | undefined;
  /** Who is signed in (ops are theirs), or undefined. */
  readonly user: string | undefined;
  readonly role: Role | undefined;
  /** The screen is locked: nothing may be shown until `unlock` or a sign-in. */
  readonly locked: boolean;
  /** People who signed in on this install before, latest first. */
  readonly people: readonly Person[];
  /** The record of the person signed in, as far as it was pulled. */
  readonly me: Rec<"user"> | undefined;
  /** How the person can come in again here, as far as the door said. */
  readonly ways: Ways | undefined;
  /** Whom an invitation is for, without using it up. Takes the token or the whole link. */
  inspectInvitation(invitation: string): Promise<Invited>;
  /** Draws the install's id and key, presents the invitation, signs in. Takes the token or the whole link. */
  enrol(invitation: string, deviceName: string, lang?: "zh" | "en"): Promise<Person>;
  /** Signs in by passkey; enrols a browser profile that is new. */
  signInWithPasskey(deviceName?: string): Promise<Person>;
  /** Signs in by PIN: also how another person takes over the phone. Ops keep their authors, nothing is deleted. */
  signInWithPin(user: string, pin: string): Promise<Person>;
  /** Adds a passkey of this device for the person signed in. */
  addPasskey(name: string): Promise<void>;
  setPin(pin: string, current?: string): Promise<void>;
  /** Asks the door who is signed in and refreshes `ways`. False: sign in again (what was saved stays saved). */
  refresh(): Promise<boolean>;
  /** Locks the screen; nothing is deleted. */
  lock(): Promise<void>;
  /** Opens the lock by the PIN of the person signed in, offline too (`people[].pin` says whether it can). False: wrong PIN. */
  unlock(pin: string): Promise<boolean>;
  /** Ends the session at the centre and locks. Throws DoorError("outbox_pending") while anything is undelivered. */
  signOut(): Promise<void>;
}

let engine: Engine = undefined as never;
let starting: Promise<void> | undefined;

/** Filled by `start`. */
export let store: StoreApi = undefined as never;
export let drafts: DraftsApi = undefined as never;
export let sync: SyncApi = undefined as never;
export let identity: IdentityApi = undefined as never;

/** Opens the databases, fills `store` from the cache, starts syncing. Await it once before mounting the app; it never waits for the network. */
export function start(): Promise<void> {
  return (starting ??= boot());
}

async function boot(): Promise<void> {
  const env = browserEnv(runeSignal, version);
  engine = await Engine.open(env, () => engine.status.set({ problem: { code: "storage", detail: "closed" } }));
  const person = new Identity(engine, browserPasskeys, platformName());
  await person.load();
  store = engine.store;
  drafts = engine.drafts;
  sync = {
    status: engine.status,
    now: () => engine.now(),
    outbox: (limit) => engine.list(limit),
    outboxVersion: () => engine.outboxVersion(),
    retryBlobs: async () => {
      await engine.blobs.retry();
      engine.sendBlobs();
    },
  };
  identity = person;
  watchPage(() => engine.kick());
  watchCentre(
    () => engine.kick(),
    () => engine.install !== undefined && engine.status.session === true,
  );
  engine.kick();
  if (engine.install) void persist();
  warmSearch();
}

function warmSearch(): void {
  const whenIdle = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 50));
  whenIdle(() => {
    if (engine.store.warmSearch(500)) warmSearch();
  });
}

/**
 * Freezes one op per draft and saves all of them with their blobs in one strict transaction. Resolves when they are on disk
 * ("saved on this phone") and visible in `store`; sending follows by itself. Throws NotSaved: then nothing was saved.
 */
export function act(acts: readonly Draft[], options?: ActOptions): Promise<Saved> {
  return engine.act(acts, options);
}

/** Where a blob of this install is; undefined for one that it does not hold. Reactive. */
export function blobState(sha256: string): BlobState | undefined {
  return engine.blobs.state(sha256);
}

/** The bytes of a blob: this install's own at once (unmarked evidence!), others from the centre, else undefined. */
export function blobBytes(sha256: string): Promise<Blob | undefined> {
  return bytesOf(engine, sha256);
}

/** A photo from the centre, watermarked: thumb 320 px, screen 1600 px. Kept for offline once seen. undefined: not there yet, or not reachable. */
export function picture(photo: string, size: PictureSize, lang: "zh" | "en"): Promise<Blob | undefined> {
  return pictureOf(engine, photo, size, lang);
}

/** The latest finished inspection of an asset outside a round: the "last values" beside today's. Reactive. */
export function lastInspection(asset: string, exceptRound?: string): Rec<"inspection"> | undefined {
  return lastOf(engine.store, asset, exceptRound);
}

/**
 * What the customer signs, from the store: show `statement` and nothing else, save `bytes` as a blob named `sha256` with the
 * signature op. Throws StatementIncomplete when something it must name is not on this phone.
 */
export async function prepareStatement(
  request: Omit<StatementRequest, "centre">,
): Promise<{ statement: Statement; bytes: Uint8Array<ArrayBuffer>; sha256: string }> {
  const centre = engine.install?.centre ?? "";
  return buildStatement(await gatherStatement(engine.store, (name) => engine.fullHash(name), { ...request, centre }));
}

/** UUIDv7, lower case. */
export const newId = (): string => uuid7(Date.now(), (bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
/** 26 characters of Crockford base32: 128 random bits, for the customer's private copy. */
export const newToken26 = (): string => token26((bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
