import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { watchCentre } from "./browser";

class Source extends EventTarget {
  static readonly CLOSED = 2;
  static all: Source[] = [];
  readyState = 1;
  constructor(readonly url: string) {
    super();
    Source.all.push(this);
  }
  close(): void {
    this.readyState = Source.CLOSED;
  }
  get live(): boolean {
    return this.readyState !== Source.CLOSED;
  }
}

let page: EventTarget & { visibilityState: string };
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  Source.all = [];
  page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("document", page);
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("navigator", { onLine: true });
  vi.stubGlobal("EventSource", Source);
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("pulls when the centre says so", () => {
  const run = vi.fn();
  stop = watchCentre(run, () => true);
  expect(Source.all.map(({ url }) => url)).toEqual(["/api/events"]);
  Source.all[0]?.dispatchEvent(new Event("pull"));
  expect(run).toHaveBeenCalledTimes(1);
});

it("opens nothing before somebody is signed in, and closes when nobody is any more", () => {
  let session = false;
  stop = watchCentre(vi.fn(), () => session);
  expect(Source.all).toHaveLength(0);
  session = true;
  vi.advanceTimersByTime(5_000);
  expect(Source.all.map(({ live }) => live)).toEqual([true]);
  session = false;
  vi.advanceTimersByTime(5_000);
  expect(Source.all.map(({ live }) => live)).toEqual([false]);
});

it("keeps no connection in the background", () => {
  stop = watchCentre(vi.fn(), () => true);
  page.visibilityState = "hidden";
  page.dispatchEvent(new Event("visibilitychange"));
  expect(Source.all.map(({ live }) => live)).toEqual([false]);
  page.visibilityState = "visible";
  page.dispatchEvent(new Event("visibilitychange"));
  expect(Source.all.map(({ live }) => live)).toEqual([false, true]);
});

it("comes back to a centre that refused it, but not at once", () => {
  stop = watchCentre(vi.fn(), () => true);
  Source.all[0]?.close();
  vi.advanceTimersByTime(50_000);
  expect(Source.all).toHaveLength(1);
  vi.advanceTimersByTime(20_000);
  expect(Source.all.map(({ live }) => live)).toEqual([false, true]);
});
