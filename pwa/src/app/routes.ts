/**
 * Every address of the app: name -> pattern and the screen behind it. `:name` is one path segment.
 *
 * Letters match in any case, as a label's code prints them in upper case. A screen is the file `<name>Screen.svelte` in
 * `features/<area>/` (phone) or `office/<area>/` (office) named here; it is loaded when it is first opened and gets the
 * pattern's parameters as properties.
 *
 * The centre answers /api, /v (verification), /c (a customer's copy) and a few files itself: the app never claims those.
 */
export const ROUTES = {
  today: { pattern: "/", screen: "features/today/TodayScreen" },
  scan: { pattern: "/scan", screen: "features/scan/ScanScreen" },
  search: { pattern: "/search", screen: "features/search/SearchScreen" },
  label: { pattern: "/a/:token", screen: "features/label/LabelScreen" },
  asset: { pattern: "/asset/:id", screen: "features/asset/AssetScreen" },
  round: { pattern: "/round/:id", screen: "features/round/RoundScreen" },
  inspect: { pattern: "/round/:id/inspect/:asset", screen: "features/inspect/InspectScreen" },
  summary: { pattern: "/round/:id/summary", screen: "features/sign/SummaryScreen" },
  sign: { pattern: "/round/:id/sign", screen: "features/sign/SignScreen" },
  outbox: { pattern: "/outbox", screen: "features/outbox/OutboxScreen" },
  device: { pattern: "/device", screen: "features/device/DeviceScreen" },
  settings: { pattern: "/settings", screen: "features/settings/SettingsScreen" },
  enrol: { pattern: "/enrol", screen: "features/enrol/EnrolScreen" },
  signin: { pattern: "/signin", screen: "features/enrol/SignInScreen" },

  office: { pattern: "/office", screen: "office/today/TodayScreen" },
  officePeople: { pattern: "/office/people", screen: "office/people/PeopleScreen" },
  officePerson: { pattern: "/office/people/:id", screen: "office/people/PeopleScreen" },
  officeSites: { pattern: "/office/sites", screen: "office/sites/SitesScreen" },
  officeSite: { pattern: "/office/sites/:id", screen: "office/sites/SitesScreen" },
  officeAssets: { pattern: "/office/assets", screen: "office/assets/AssetsScreen" },
  officeAsset: { pattern: "/office/assets/:id", screen: "office/assets/AssetsScreen" },
  officeImport: { pattern: "/office/import", screen: "office/import/ImportScreen" },
  officeLabels: { pattern: "/office/labels", screen: "office/labels/LabelsScreen" },
  officeChecklists: { pattern: "/office/checklists", screen: "office/checklists/ChecklistsScreen" },
  officeChecklist: { pattern: "/office/checklists/:id", screen: "office/checklists/ChecklistsScreen" },
  officeRounds: { pattern: "/office/rounds", screen: "office/rounds/RoundsScreen" },
  officeRound: { pattern: "/office/rounds/:id", screen: "office/rounds/RoundScreen" },
  officeDocuments: { pattern: "/office/documents", screen: "office/documents/DocumentsScreen" },
  officeInbox: { pattern: "/office/inbox", screen: "office/inbox/InboxScreen" },
  officeSettings: { pattern: "/office/settings", screen: "office/settings/SettingsScreen" },
} as const satisfies Record<string, { pattern: string; screen: string }>;

export type RouteName = keyof typeof ROUTES;

type ParamNames<Pattern extends string> = Pattern extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamNames<Rest>
  : Pattern extends `${string}:${infer Name}`
    ? Name
    : never;

/** The parameters that the address of a route needs. */
export type RouteParams<Name extends RouteName> = Record<ParamNames<(typeof ROUTES)[Name]["pattern"]>, string>;

export interface Match {
  readonly name: RouteName;
  readonly params: Readonly<Record<string, string>>;
}

const segments = (path: string): string[] => path.split("/").filter((segment) => segment !== "");

function matchPattern(pattern: string, path: string): Record<string, string> | null {
  const expected = segments(pattern);
  const actual = segments(path);
  if (expected.length !== actual.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const value = actual[index] ?? "";
    if (part.startsWith(":")) {
      try {
        params[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null; // a broken escape names nothing
      }
    } else if (part.toLowerCase() !== value.toLowerCase()) {
      return null;
    }
  }
  return params;
}

/** The route of a path, or null if the app has none for it. A label's token comes back in upper case. */
export function matchPath(path: string): Match | null {
  for (const [name, { pattern }] of Object.entries(ROUTES) as [RouteName, { pattern: string }][]) {
    const params = matchPattern(pattern, path);
    if (!params) continue;
    if (name === "label" && params["token"]) params["token"] = params["token"].toUpperCase();
    return { name, params };
  }
  return null;
}

type LinkArguments<Name extends RouteName> =
  ParamNames<(typeof ROUTES)[Name]["pattern"]> extends never
    ? [params?: Record<string, never>, query?: Record<string, string>]
    : [params: RouteParams<Name>, query?: Record<string, string>];

/** The address of a route: `link("inspect", { id, asset })`, `link("search", {}, { q: "UPS" })`. */
export function link<Name extends RouteName>(name: Name, ...[params, query]: LinkArguments<Name>): string {
  const values: Record<string, string> = params ?? {};
  const path = ROUTES[name].pattern.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(values[key] ?? ""));
  const search = query ? new URLSearchParams(query).toString() : "";
  return search ? `${path}?${search}` : path;
}

export const isOffice = (name: RouteName): boolean => ROUTES[name].screen.startsWith("office/");
