/** The page's end of a worker that answers numbered requests. A request never waits for ever. */

/** The worker did not start, died, or did not answer in time. Nothing is lost: ask again. */
export class WorkerFailed extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = "WorkerFailed";
  }
}

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** Sends requests to one worker, made when first needed; a failed worker is replaced at the next request. */
export class WorkerLink<Request extends { id: number }, Answer extends { id: number }> {
  #worker: Worker | undefined;
  #waiting = new Map<number, Waiting<Answer>>();
  #next = 1;
  #watch: ReturnType<typeof setTimeout> | undefined;

  /** `timeoutMs`: a worker that answers nothing for so long, while something waits, counts as dead. */
  constructor(
    private readonly make: () => Worker,
    private readonly timeoutMs: number,
  ) {}

  /** Rejects with `WorkerFailed`, or with the signal's reason when it is aborted. */
  ask(request: Omit<Request, "id">, transfer: Transferable[] = [], signal?: AbortSignal): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const id = this.#next++;
      const aborted = (): void => this.#settle(id)?.reject(signal?.reason);
      const done = (): void => signal?.removeEventListener("abort", aborted);
      signal?.addEventListener("abort", aborted, { once: true });
      this.#waiting.set(id, {
        resolve: (answer) => (done(), resolve(answer)),
        reject: (error) => (done(), reject(error as Error)),
      });
      if (this.#watch === undefined) this.#rewatch();
      try {
        this.#running().postMessage({ ...request, id }, transfer);
      } catch (error) {
        this.#fail(String(error));
      }
    });
  }

  /** Ends the worker; what waits is rejected with an AbortError. */
  close(): void {
    this.#end(new DOMException("closed", "AbortError"));
  }

  #running(): Worker {
    if (!this.#worker) {
      const worker = this.make();
      worker.addEventListener("message", (event: MessageEvent<Answer>) => this.#settle(event.data.id)?.resolve(event.data));
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        this.#fail(event.message || "the worker could not be loaded");
      });
      worker.addEventListener("messageerror", () => this.#fail("an answer could not be read"));
      this.#worker = worker;
    }
    return this.#worker;
  }

  #settle(id: number): Waiting<Answer> | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#rewatch();
    return waiting;
  }

  #rewatch(): void {
    clearTimeout(this.#watch);
    this.#watch = undefined;
    if (this.#waiting.size > 0) this.#watch = setTimeout(() => this.#fail("the worker did not answer in time"), this.timeoutMs);
  }

  #fail(detail: string): void {
    this.#end(new WorkerFailed(detail));
  }

  #end(error: unknown): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(error);
  }
}
