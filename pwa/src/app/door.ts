/** Who may see which page: before enrolment only the ways in, behind the lock only the sign-in. */
import type { RouteName } from "./routes";

interface Who {
  readonly enrolled: boolean;
  readonly user: string | undefined;
  readonly locked: boolean;
}

/** Always open: the ways in themselves, and language and theme. */
const OPEN: readonly RouteName[] = ["enrol", "signin", "settings"];

/** The page to go to instead, or null where the present one may be shown. */
export function doorFor(route: RouteName | undefined, { enrolled, user, locked }: Who): "enrol" | "signin" | null {
  if (route === undefined || OPEN.includes(route)) return null; // of a page that does not exist there is nothing to hide
  if (!enrolled) return "enrol";
  return user === undefined || locked ? "signin" : null;
}

/** The address inside the app that a `next` parameter names, else Today: never another site. */
export function nextAddress(next: string | null): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.includes("\\") ? next : "/";
}
