/** The screens behind the routes, each loaded when it is first opened; `main.ts` asks for the first one while the store opens. */
import type { Component, Snippet } from "svelte";
import { isOffice, ROUTES, type RouteName } from "./routes";

type ScreenComponent = Component<Record<string, string>>;
type LayoutComponent = Component<{ children: Snippet }>;
type Load<Loaded> = () => Promise<{ default: Loaded }>;

const screens: Record<string, Load<ScreenComponent>> = {
  ...import.meta.glob<{ default: ScreenComponent }>("../features/*/*Screen.svelte"),
  ...import.meta.glob<{ default: ScreenComponent }>("../office/*/*Screen.svelte"),
};
/** The office's rail around its screens. */
const layouts: Record<string, Load<LayoutComponent>> = import.meta.glob<{ default: LayoutComponent }>("../office/OfficeLayout.svelte");

const find = (name: RouteName): Load<ScreenComponent> | undefined => screens[`../${ROUTES[name].screen}.svelte`];

export interface Screen {
  readonly screen: ScreenComponent;
  readonly layout: LayoutComponent | null;
}

export const hasScreen = (name: RouteName): boolean => find(name) !== undefined;

/** The screen of a route and what stands around it. Rejects when a file is neither stored nor to be had. */
export async function loadScreen(name: RouteName): Promise<Screen> {
  const load = find(name);
  if (!load) throw new Error(`no screen for ${name}`);
  const loadLayout = isOffice(name) ? layouts["../office/OfficeLayout.svelte"] : undefined;
  const [screen, layout] = await Promise.all([load(), loadLayout?.()]);
  return { screen: screen.default, layout: layout?.default ?? null };
}
