import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WorkerFailed, WorkerLink } from "./workerLink";

interface Ask {
  id: number;
  word: string;
}
interface Tell {
  id: number;
  word: string;
}

class FakeWorker extends EventTarget {
  asked: Ask[] = [];
  ended = false;
  postMessage(message: Ask): void {
    this.asked.push(message);
  }
  terminate(): void {
    this.ended = true;
  }
  answer(index: number): void {
    const asked = this.asked[index] as Ask;
    this.dispatchEvent(new MessageEvent("message", { data: { id: asked.id, word: asked.word.toUpperCase() } }));
  }
  die(): void {
    this.dispatchEvent(Object.assign(new Event("error", { cancelable: true }), { message: "blocked by policy" }));
  }
}

let workers: FakeWorker[];
let link: WorkerLink<Ask, Tell>;
const worker = (index = 0): FakeWorker => workers[index] as FakeWorker;

beforeEach(() => {
  vi.useFakeTimers();
  workers = [];
  link = new WorkerLink<Ask, Tell>(() => {
    workers.push(new FakeWorker());
    return worker(workers.length - 1) as unknown as Worker;
  }, 1000);
});
afterEach(() => vi.useRealTimers());

test("answers reach those who asked, in any order", async () => {
  const [a, b] = [link.ask({ word: "a" }), link.ask({ word: "b" })];
  worker().answer(1);
  worker().answer(0);
  expect([(await a).word, (await b).word]).toEqual(["A", "B"]);
  expect(workers).toHaveLength(1);
});

test("a worker that dies rejects all that wait, and the next request gets a new one", async () => {
  const waiting = [link.ask({ word: "a" }), link.ask({ word: "b" })].map((asked) => asked.catch((error: unknown) => error));
  worker().die();
  for (const error of await Promise.all(waiting)) expect(error).toEqual(new WorkerFailed("blocked by policy"));
  expect(worker().ended).toBe(true);
  const again = link.ask({ word: "c" });
  worker(1).answer(0);
  expect((await again).word).toBe("C");
});

test("a worker that answers nothing in time counts as dead; one that goes on answering does not", async () => {
  const slow = [link.ask({ word: "a" }), link.ask({ word: "b" })];
  vi.advanceTimersByTime(900);
  worker().answer(0);
  vi.advanceTimersByTime(900);
  worker().answer(1);
  expect((await Promise.all(slow)).map((answer) => answer.word)).toEqual(["A", "B"]);
  vi.advanceTimersByTime(10_000);
  expect(worker().ended).toBe(false);
  const stuck = link.ask({ word: "c" }).catch((error: unknown) => error);
  vi.advanceTimersByTime(1000);
  expect(await stuck).toBeInstanceOf(WorkerFailed);
  expect(worker().ended).toBe(true);
});

test("an aborted request is rejected with the reason, and its late answer is ignored", async () => {
  const abort = new AbortController();
  const asked = link.ask({ word: "a" }, [], abort.signal).catch((error: unknown) => error);
  abort.abort(new Error("left the screen"));
  expect(await asked).toEqual(new Error("left the screen"));
  worker().answer(0);
  const early = link.ask({ word: "b" }, [], abort.signal).catch((error: unknown) => error);
  expect(await early).toEqual(new Error("left the screen"));
  expect(worker().asked).toHaveLength(1);
});

test("closing ends the worker and what waits", async () => {
  const asked = link.ask({ word: "a" }).catch((error: unknown) => error);
  link.close();
  expect((await asked) as Error).toMatchObject({ name: "AbortError" });
  expect(worker().ended).toBe(true);
});
