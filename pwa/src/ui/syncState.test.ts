import { expect, test } from "vitest";
import { summarise, type SyncState } from "./syncState";

const quiet: SyncState = { entries: 0, photos: 0, trouble: 0, offline: false, justDelivered: false };

test("nothing waits: no bar", () => expect(summarise(quiet)).toBeNull());
test("queued work is never called delivered", () =>
  expect(summarise({ ...quiet, entries: 1, justDelivered: true })).toBe("waiting"));
test("photos alone wait too", () => expect(summarise({ ...quiet, photos: 1, offline: true })).toBe("waiting"));
test("what needs the person comes first", () => expect(summarise({ ...quiet, entries: 3, trouble: 1 })).toBe("trouble"));
test("a lost network is said when nothing waits", () => expect(summarise({ ...quiet, offline: true })).toBe("offline"));
test("a delivery shows shortly", () => expect(summarise({ ...quiet, justDelivered: true })).toBe("delivered"));
