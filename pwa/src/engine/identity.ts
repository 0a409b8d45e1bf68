/**
 * Who this install is and who is signed in on it. The key never leaves the browser; what proves it goes over the routes of
 * the centre's door (server/api/auth.py).
 */
import type { InstallRow, PersonRow } from "../db/outbox";
import type { Role } from "../model/generated";
import { toBase64url, utf8 } from "./bytes";
import type { Engine } from "./engine";
import type { Signal } from "./env";
import { installId } from "./ids";
import { genesis } from "./op";
import { DoorError, type Invited, type Person, type Rec, type Ways } from "./types";

const ENROL = "sitebook-enrol-1";
const SIGN_IN = "sitebook-sign-in-1";
const PIN_ROUNDS = 300_000;
const KEY = { name: "ECDSA", namedCurve: "P-256" } as const;

/** The session as the door describes it. */
interface Me {
  centre: string;
  user: { id: string; name: string; role: string };
  ways: Ways;
  rescue_key: string;
  time: number;
  trial: boolean;
  passkeys: boolean;
}

/** A browser profile before or after enrolment: id, key, and how it says so. */
interface Profile {
  id: string;
  keys: CryptoKeyPair;
  spki: Uint8Array<ArrayBuffer>;
}

/** What the browser does with passkeys; handed in, because only a page has it. */
export interface Passkeys {
  /** `navigator.credentials.get` over options in JSON form; the credential in JSON form. */
  get(options: unknown): Promise<unknown>;
  create(options: unknown): Promise<unknown>;
}

export class Identity {
  #signal: Signal;
  #people: PersonRow[] = [];
  #ways: Ways | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly passkeys: Passkeys,
    /** What the profile says of itself, e.g. "Android, Chrome". */
    private readonly platform: string,
  ) {
    this.#signal = engine.env.signal();
    engine.identityChanged = () => void this.load();
  }

  async load(): Promise<void> {
    this.#people = (await this.engine.outbox.fact("people")) ?? [];
    this.#signal.bump();
  }

  get enrolled(): boolean {
    this.#signal.read();
    return this.engine.install !== undefined;
  }
  get centre(): string | undefined {
    this.#signal.read();
    return this.engine.install?.centre;
  }
  get install(): string | undefined {
    this.#signal.read();
    return this.engine.install?.id;
  }
  get user(): string | undefined {
    this.#signal.read();
    return this.engine.user?.id;
  }
  get role(): Role | undefined {
    // The record is newer than what the door said at sign-in; before the first pull there is only the latter.
    return this.me?.role ?? (this.#people.find((person) => person.id === this.user)?.role as Role | undefined);
  }
  get locked(): boolean {
    this.#signal.read();
    return this.engine.user?.locked ?? false;
  }
  get people(): readonly Person[] {
    this.#signal.read();
    return this.#people.map(({ id, name, role, pin }) => ({ id, name, role: role as Role, pin: pin !== undefined }));
  }
  get me(): Rec<"user"> | undefined {
    this.#signal.read();
    return this.engine.store.get("user", this.engine.user?.id);
  }
  get ways(): Ways | undefined {
    this.#signal.read();
    return this.#ways;
  }

  // --- coming in ---------------------------------------------------------------------------------------------------

  async inspectInvitation(invitation: string): Promise<Invited> {
    // An install whose answer was lost may ask again with the id it drew then.
    const drawn = await this.engine.outbox.fact("candidate");
    return this.#ask<Invited>("POST", "/api/invitations/inspect", { token: invitationToken(invitation), ...(drawn && { install: drawn.id }) });
  }

  async enrol(invitation: string, deviceName: string, lang?: "zh" | "en"): Promise<Person> {
    const token = invitationToken(invitation);
    const { centre } = await this.inspectInvitation(token);
    const profile = await this.#profile(centre);
    const me = await this.#ask<Me>("POST", "/api/enrol", {
      invitation: token,
      ...(lang && { lang }),
      ...(await this.#claim(profile, centre, token, deviceName)),
    });
    return this.#welcome(me, profile);
  }

  async signInWithPasskey(deviceName = ""): Promise<Person> {
    const { options, centre } = await this.#ask<{ options: { challenge: string }; centre: string }>(
      "POST",
      "/api/sign-in/passkey/options",
    );
    const profile = await this.#profile(centre);
    const credential = await this.passkeys.get(options);
    const me = await this.#ask<Me>("POST", "/api/sign-in/passkey", {
      credential,
      ...(await this.#claim(profile, centre, options.challenge, deviceName)),
    });
    return this.#welcome(me, profile);
  }

  async signInWithPin(user: string, pin: string): Promise<Person> {
    const { install } = this.engine;
    if (!install) throw new DoorError("install_unknown", "this browser profile is not enrolled", 0);
    const { challenge, centre } = await this.#ask<{ challenge: string; centre: string }>("POST", "/api/sign-in/pin/challenge", {
      install: install.id,
    });
    const profile = await this.#profile(centre);
    const proof = await this.#sign(profile, [SIGN_IN, centre, profile.id, challenge].join("\n"));
    const me = await this.#ask<Me>("POST", "/api/sign-in/pin", { install: install.id, user, pin, challenge, proof });
    const person = await this.#welcome(me, profile);
    await this.#rememberPin(person.id, pin);
    return person;
  }

  async addPasskey(name: string): Promise<void> {
    const { options } = await this.#ask<{ options: unknown }>("POST", "/api/passkeys/options");
    await this.#ask("POST", "/api/passkeys", { credential: await this.passkeys.create(options), name });
    await this.refresh();
  }

  async setPin(pin: string, current?: string): Promise<void> {
    await this.#ask("PUT", "/api/pin", { pin, ...(current !== undefined && { current }) });
    const { user } = this.engine;
    if (user) await this.#rememberPin(user.id, pin);
    await this.refresh();
  }

  /** Ask the door who is signed in. False: nobody, or somebody else than this phone thinks. Throws DoorError when unreachable. */
  async refresh(): Promise<boolean> {
    try {
      const me = await this.#ask<Me>("GET", "/api/session");
      this.#ways = me.ways;
      this.#signal.bump();
      return me.user.id === this.engine.user?.id;
    } catch (error) {
      if (error instanceof DoorError && error.status === 401) return false;
      throw error;
    }
  }

  // --- lock, switch, leave -----------------------------------------------------------------------------------------

  async lock(): Promise<void> {
    const { user } = this.engine;
    if (user) await this.#setUser({ ...user, locked: true });
  }

  /** For the person that is signed in. Offline it compares with what was kept when the PIN was last used; it guards the screen only. */
  async unlock(pin: string): Promise<boolean> {
    const { user } = this.engine;
    const person = this.#people.find(({ id }) => id === user?.id);
    if (!user || !person?.pin) return false;
    const hash = await this.#stretch(pin, person.pin.salt, person.pin.rounds);
    if (!sameBytes(hash, person.pin.hash)) return false;
    await this.#setUser({ ...user, locked: false });
    return true;
  }

  async signOut(): Promise<void> {
    const { status } = this.engine;
    if (status.pendingOps > 0 || status.pendingBlobs > 0)
      throw new DoorError("outbox_pending", "what was done on this phone has not all been delivered yet", 0, {
        ops: status.pendingOps,
        blobs: status.pendingBlobs,
      });
    try {
      await this.#ask("POST", "/api/sign-out");
    } catch (error) {
      if (!(error instanceof DoorError && error.status === 401)) throw error;
    }
    const { user } = this.engine;
    if (user) await this.#setUser({ ...user, locked: true });
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  /** This profile's id and key; a new one has an id drawn and a key that cannot be exported. */
  async #profile(centre: string): Promise<Profile> {
    const { install, env, outbox } = this.engine;
    if (install && install.centre !== centre)
      throw new DoorError("centre_other", "this phone is enrolled with another centre", 0);
    if (install) return install;
    // Kept before it is shown to anybody: if the answer is lost, the next try is made by the same install.
    const candidate = await outbox.fact("candidate");
    if (candidate) return candidate;
    const keys = (await env.subtle.generateKey(KEY, false, ["sign", "verify"])) as CryptoKeyPair;
    const spki = new Uint8Array(await env.subtle.exportKey("spki", keys.publicKey));
    const drawn: Profile = { id: installId(env.random), keys, spki };
    await outbox.setFacts({ candidate: drawn });
    return drawn;
  }

  async #claim(profile: Profile, centre: string, given: string, deviceName: string): Promise<Record<string, unknown>> {
    return {
      install: profile.id,
      spki: toBase64url(profile.spki),
      proof: await this.#sign(profile, [ENROL, centre, profile.id, given].join("\n")),
      device: { name: deviceName.slice(0, 100), platform: this.platform.slice(0, 100) },
    };
  }

  async #sign(profile: Profile, message: string): Promise<string> {
    const { subtle } = this.engine.env;
    return toBase64url(new Uint8Array(await subtle.sign({ name: "ECDSA", hash: "SHA-256" }, profile.keys.privateKey, utf8(message))));
  }

  async #welcome(me: Me, profile: Profile): Promise<Person> {
    const { engine } = this;
    const before = this.#people.find(({ id }) => id === me.user.id);
    const person: PersonRow = { ...before, id: me.user.id, name: me.user.name, role: me.user.role };
    const people = [person, ...this.#people.filter(({ id }) => id !== person.id)];
    if (engine.install) {
      await engine.outbox.setFacts({ people, user: { id: person.id, locked: false } });
    } else {
      const install: InstallRow = {
        id: profile.id,
        keys: profile.keys,
        spki: profile.spki,
        centre: me.centre,
        rescue: me.rescue_key,
        genesis: genesis(me.centre, profile.id, profile.spki),
        enrolled_at: engine.env.now(),
      };
      await engine.outbox.enrol(install, people, person.id);
    }
    this.#people = people;
    this.#ways = me.ways;
    await engine.loadIdentity();
    engine.announceIdentity();
    this.#signal.bump();
    engine.kick();
    return { id: person.id, name: person.name, role: person.role as Role, pin: person.pin !== undefined };
  }

  async #setUser(user: { id: string; locked: boolean }): Promise<void> {
    await this.engine.outbox.setFacts({ user });
    await this.engine.loadIdentity();
    this.engine.announceIdentity();
    this.#signal.bump();
  }

  async #rememberPin(user: string, pin: string): Promise<void> {
    const salt = new Uint8Array(this.engine.env.random(16));
    const hash = await this.#stretch(pin, salt, PIN_ROUNDS);
    this.#people = this.#people.map((person) => (person.id === user ? { ...person, pin: { salt, hash, rounds: PIN_ROUNDS } } : person));
    await this.engine.outbox.setFacts({ people: this.#people });
    this.#signal.bump();
  }

  async #stretch(pin: string, salt: Uint8Array<ArrayBuffer>, rounds: number): Promise<Uint8Array<ArrayBuffer>> {
    const { subtle } = this.engine.env;
    const key = await subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveBits"]);
    return new Uint8Array(await subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }, key, 256));
  }

  async #ask<T = void>(method: string, path: string, body?: unknown): Promise<T> {
    let response: Response;
    try {
      response = await this.engine.env.fetch(path, {
        method,
        credentials: "same-origin",
        headers: { Accept: "application/json", ...(body !== undefined && { "Content-Type": "application/json" }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new DoorError("offline", error instanceof Error ? error.message : String(error), 0);
    }
    if (response.status === 204) return undefined as T;
    const text = await response.text();
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      throw new DoorError("offline", `no answer of a centre: HTTP ${response.status}`, response.status);
    }
    if (response.ok) return parsed as T;
    const problem = parsed as { code?: string; detail?: string };
    throw new DoorError(problem.code ?? "internal", problem.detail ?? "", response.status, parsed as Record<string, unknown>);
  }
}

/** The token of an invitation, from the token itself or from the link that carries it after `#`. */
export function invitationToken(text: string): string {
  const trimmed = text.trim();
  return trimmed.includes("#") ? trimmed.slice(trimmed.lastIndexOf("#") + 1) : trimmed;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let differs = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) differs |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return differs === 0;
}

