/** What a role may do in the office; the centre checks the same again. */
import { identity } from "../engine/api";
import type { Role } from "../model/generated";

export const OFFICE: readonly Role[] = ["administrator", "manager", "dispatcher", "storekeeper", "supervisor"];
export const PLANNERS: readonly Role[] = ["administrator", "manager", "dispatcher"];
export const MANAGERS: readonly Role[] = ["administrator", "manager"];
export const ADMINISTRATORS: readonly Role[] = ["administrator"];

/** Whether the person signed in has one of the roles. Reactive. */
export const isOne = (roles: readonly Role[]): boolean => identity.role !== undefined && roles.includes(identity.role);
