/** One's own passkeys, PIN and sessions at the centre's door (server/api/auth.py). They are no records, so the store has none of them. */
import { language } from "../../app/i18n";
import { DoorError } from "../../engine/api";

export interface Passkey {
  id: string;
  name: string;
  backed_up: boolean;
  created_at: number;
  used_at: number | null;
}

export interface Session {
  id: string;
  install: string;
  via: string;
  agent: string;
  device: string;
  seen_at: number;
  current: boolean;
}

export interface Credentials {
  passkeys: readonly Passkey[];
  sessions: readonly Session[];
  /** passkeys can work at this address */
  able: boolean;
  /** the centre's clock when it answered, and this phone's before and after, in ms */
  time: number;
  asked: number;
  answered: number;
}

async function ask<T>(method: "GET" | "POST" | "DELETE", path: string): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: { Accept: "application/json", "Accept-Language": language() },
    });
  } catch (error) {
    throw new DoorError("offline", error instanceof Error ? error.message : String(error), 0);
  }
  if (answer.status === 204) return undefined as T;
  let body: Record<string, unknown>;
  try {
    body = (await answer.json()) as Record<string, unknown>;
  } catch {
    throw new DoorError("offline", `no answer of a centre: HTTP ${answer.status}`, answer.status);
  }
  if (answer.ok) return body as T;
  throw new DoorError(String(body["code"] ?? "internal"), String(body["detail"] ?? ""), answer.status, body);
}

/** All of it at once. Throws DoorError: "offline" without network, status 401 when the sign-in has ended. */
export async function loadCredentials(): Promise<Credentials> {
  const asked = Date.now();
  const me = await ask<{ time: number; passkeys: boolean }>("GET", "/api/session");
  const answered = Date.now();
  const [passkeys, sessions] = await Promise.all([ask<Passkey[]>("GET", "/api/passkeys"), ask<Session[]>("GET", "/api/sessions")]);
  return { passkeys, sessions, able: me.passkeys, time: me.time, asked, answered };
}

export const removePasskey = (id: string): Promise<void> => ask("DELETE", `/api/passkeys/${encodeURIComponent(id)}`);
/** Of this device. Throws DoorError "last_way_in" when there is no other. */
export const removePin = (): Promise<void> => ask("DELETE", "/api/pin");
export const endSession = (id: string): Promise<void> => ask("DELETE", `/api/sessions/${encodeURIComponent(id)}`);
export const endOtherSessions = (): Promise<void> => ask("POST", "/api/sessions/revoke-others");
