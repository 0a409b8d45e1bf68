/** Photos, from the page: hands files to the photo worker. */
import type { PhotoAnswer, PhotoReason, PhotoRequest, PreparedPhoto } from "./photoTypes";
import { WorkerLink } from "./workerLink";

export type { PhotoPosition, PhotoReason, PreparedPhoto } from "./photoTypes";
export { WorkerFailed } from "./workerLink";

/** This file can't be taken as a photo. `photoReasons` (photoMessages.ts) has the words for `reason`. */
export class PhotoRefused extends Error {
  constructor(
    readonly reason: PhotoReason,
    readonly detail: string,
  ) {
    super(`${reason}: ${detail}`);
    this.name = "PhotoRefused";
  }
}

const link = new WorkerLink<PhotoRequest, PhotoAnswer>(
  () => new Worker(new URL("./photoWorker.ts", import.meta.url), { type: "module", name: "photo" }),
  60_000,
);

/**
 * The evidence of a photo: upright, at most 2048 px, without metadata, hashed; time and position read from its EXIF.
 *
 * A HEIC that this browser can't decode comes back as it is (`passedOn`, without thumb and dimensions).
 * Rejects with `PhotoRefused`, with `WorkerFailed` (ask again), or with the signal's reason.
 */
export async function preparePhoto(file: Blob, signal?: AbortSignal): Promise<PreparedPhoto> {
  const answer = await link.ask({ file }, [], signal);
  if (!answer.ok) throw new PhotoRefused(answer.reason, answer.detail);
  return answer.photo;
}
