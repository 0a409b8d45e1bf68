/** Scanning, from the page: feeds a running camera's frames, or a chosen photo, to the scan worker. */
import type { ScanAnswer, ScannedCode, ScanRequest } from "./scanTypes";
import { WorkerFailed, WorkerLink } from "./workerLink";

export type { Point, ScannedCode } from "./scanTypes";
export { WorkerFailed } from "./workerLink";

/** The chosen file cannot be decoded as a picture. */
export class NoPicture extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = "NoPicture";
  }
}

/** Codes seen in one frame of `width` × `height` px, to which their corners refer. */
export interface Sighting {
  codes: ScannedCode[];
  width: number;
  height: number;
}

export interface ScanHandlers {
  /** Called for each frame in which there is at least one code. Say `stop()` when it is the one that was sought. */
  seen(sighting: Sighting): void;
  /** The worker failed twice running: live scanning has ended; offer typing and choosing a photo. */
  failed(error: WorkerFailed): void;
}

export interface Scan {
  /** Ends at once; nothing is called any more. The camera's stream is the caller's own. */
  stop(): void;
}

type Question = ScanRequest extends infer R ? (R extends { id: number } ? Omit<R, "id"> : never) : never;

// Loading the decoder on a slow phone is part of the first answer.
const link = new WorkerLink<ScanRequest, ScanAnswer>(
  () => new Worker(new URL("./scanWorker.ts", import.meta.url), { type: "module", name: "scan" }),
  20_000,
);

async function ask(question: Question, transfer: Transferable[] = [], signal?: AbortSignal): Promise<ScannedCode[]> {
  const answer = await link.ask(question as Omit<ScanRequest, "id">, transfer, signal);
  if (answer.ok) return answer.codes;
  if (answer.reason === "image") throw new NoPicture(answer.detail);
  throw new WorkerFailed(answer.detail);
}

/** Loads the decoder ahead of the first frame. Rejects with `WorkerFailed`. */
export async function warmUp(): Promise<void> {
  await ask({ kind: "warm" });
}

/**
 * The codes in a chosen photo, empty if there are none; takes seconds on a hard one.
 * Rejects with `NoPicture`, `WorkerFailed`, or the signal's reason.
 */
export function decodeFile(photo: Blob, signal?: AbortSignal): Promise<ScannedCode[]> {
  return ask({ kind: "photo", photo }, [], signal);
}

/** Reads the frames of a playing video, one at a time and always the newest, until stopped. */
export function start(video: HTMLVideoElement, handlers: ScanHandlers): Scan {
  const ended = new AbortController();
  let failures = 0;

  const look = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await nextFrame(video, ended.signal);
      if (ended.signal.aborted) return;
      if (document.hidden || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) continue;
      let frame: ImageBitmap;
      try {
        frame = await createImageBitmap(video);
      } catch {
        continue; // the track is just ending or changing its size
      }
      const { width, height } = frame;
      try {
        const codes = await ask({ kind: "frame", frame }, [frame], ended.signal);
        failures = 0;
        if (codes.length > 0 && !ended.signal.aborted) handlers.seen({ codes, width, height });
      } catch (error) {
        if (ended.signal.aborted) return;
        if (!(error instanceof WorkerFailed) || ++failures < 2) continue;
        ended.abort();
        handlers.failed(error);
      }
    }
  };
  void look();
  return { stop: () => ended.abort() };
}

/** Resolves at the video's next frame, at the latest after 250 ms (a hidden or stalled video has none). */
function nextFrame(video: HTMLVideoElement, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let request = 0;
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      if ("cancelVideoFrameCallback" in video) video.cancelVideoFrameCallback(request);
      resolve();
    };
    const timer = setTimeout(done, "requestVideoFrameCallback" in video ? 250 : 50);
    signal.addEventListener("abort", done, { once: true });
    if ("requestVideoFrameCallback" in video) request = video.requestVideoFrameCallback(done);
  });
}
