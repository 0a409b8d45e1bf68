import { expect, test } from "vitest";
import { isOffice, link, matchPath, ROUTES, type RouteName } from "./routes";

test("a label opens in any case, its token in upper case", () => {
  const expected = { name: "label", params: { token: "7Q2MX4K9PT3V" } };
  expect(matchPath("/a/7q2mx4k9pt3v")).toEqual(expected);
  expect(matchPath("/A/7Q2MX4K9PT3V")).toEqual(expected);
  expect(matchPath("/A/7q2mX4k9pt3v/")).toEqual(expected);
});

test("a deep address gives its parameters", () => {
  expect(matchPath("/round/r1/inspect/a%2F1")).toEqual({ name: "inspect", params: { id: "r1", asset: "a/1" } });
});

test("the centre's own addresses are not the app's", () => {
  for (const path of ["/api/sync", "/v/7Q2MX4K9PT3V", "/c/ABC", "/healthz", "/nowhere", "/round", "/a"]) {
    expect(matchPath(path)).toBeNull();
  }
});

test("a broken escape matches nothing", () => {
  expect(matchPath("/asset/%E0%A4%A")).toBeNull();
});

test("every route is found again by its own link", () => {
  for (const name of Object.keys(ROUTES) as RouteName[]) {
    const names = [...ROUTES[name].pattern.matchAll(/:(\w+)/g)].map((found) => found[1] ?? "");
    const params = Object.fromEntries(names.map((key) => [key, "X Y/1"]));
    const address = (link as (name: RouteName, params: object) => string)(name, params);
    expect(matchPath(address)).toEqual({ name, params });
  }
});

test("a link carries its query", () => {
  expect(link("search", {}, { q: "UPS 电池" })).toBe("/search?q=UPS+%E7%94%B5%E6%B1%A0");
  expect(link("today")).toBe("/");
});

test("office screens are told from the phone's", () => {
  expect(isOffice("officeRounds")).toBe(true);
  expect(isOffice("round")).toBe(false);
});
