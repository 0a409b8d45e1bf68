/** The door's view of people: invitations, devices, sessions. The records themselves come with the sync. */
import type { Role } from "../../model/generated";
import { get, patch, post } from "../http";

export interface Invitation {
  readonly id: string;
  readonly state: "open" | "used" | "expired" | "withdrawn";
  readonly created_at: number;
  readonly expires_at: number;
  readonly used_at: number | null;
}

export interface Device {
  readonly install: string;
  readonly name: string;
  readonly platform: string;
  readonly status: string;
  readonly enrolled_at: number | null;
  readonly seen_at: number | null;
  readonly pin: "none" | "set" | "locked";
}

export interface LiveSession {
  readonly id: string;
  readonly install: string;
  readonly via: string;
  readonly agent: string;
  readonly created_at: number;
  readonly seen_at: number;
}

export interface PersonAtDoor {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly status: string;
  readonly sites: readonly string[];
  readonly all_sites: boolean;
  readonly lang: string | null;
  readonly invitation: Invitation | null;
  readonly passkeys: number;
  readonly devices: readonly Device[];
  readonly sessions: readonly LiveSession[];
  readonly seen_at: number | null;
}

/** The link is in this answer and nowhere else. */
export interface InvitationMade {
  readonly id: string;
  readonly user: string;
  readonly role: Role;
  readonly link: string;
  readonly expires_at: number;
}

export interface PersonValues {
  readonly name: string;
  readonly role: Role;
  readonly sites: readonly string[];
  readonly all_sites: boolean;
}

const path = (user: string): string => `/api/people/${encodeURIComponent(user)}`;

export const listPeople = (): Promise<readonly PersonAtDoor[]> => get("/api/people");
export const invite = (values: PersonValues & { lang: string; hours: number }): Promise<InvitationMade> => post("/api/people", values);
export const reinvite = (user: string, hours: number): Promise<InvitationMade> => post(`${path(user)}/invitations`, { hours });
export const change = (user: string, values: PersonValues): Promise<PersonAtDoor> => patch(path(user), values);
export const revoke = (user: string): Promise<PersonAtDoor> => post(`${path(user)}/revoke`);
export const revokeDevice = (install: string): Promise<void> => post(`/api/devices/${encodeURIComponent(install)}/revoke`);
