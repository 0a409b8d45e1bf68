/** Bytes of photos and other blobs for screens: this install's own at once, others from the centre, kept for offline. */
import type { Engine } from "./engine";

export type PictureSize = "thumb" | "screen";

/** The blob's bytes if this install made it, else from the centre; undefined when they can't be had now. */
export async function blobBytes(engine: Engine, sha256: string): Promise<Blob | undefined> {
  const own = await engine.outbox.bytes(sha256);
  if (own) return new Blob([own], { type: engine.blobs.mime(sha256) ?? "application/octet-stream" });
  return fetchBlob(engine, `/api/blobs/${sha256}`);
}

/**
 * A photo as the centre shows it, small and with its watermark. Kept on the phone once seen, in the language it was seen in.
 * undefined while it has not arrived at the centre, or the centre can't be reached and it was never seen.
 */
export async function picture(engine: Engine, photo: string, size: PictureSize, lang: string): Promise<Blob | undefined> {
  const key = `${photo} ${size} ${lang}`;
  const kept = await engine.cache.picture(key);
  if (kept) return new Blob([kept.bytes], { type: kept.mime });
  const found = await fetchBlob(engine, `/api/photos/${photo}/${size}.jpg?lang=${lang}`);
  if (found) {
    const bytes = new Uint8Array(await found.arrayBuffer());
    // Without room for it the picture is still shown.
    await engine.cache.keepPicture(key, bytes, found.type, engine.env.now()).catch(() => undefined);
  }
  return found;
}

async function fetchBlob(engine: Engine, address: string): Promise<Blob | undefined> {
  try {
    const answer = await engine.env.fetch(address, { credentials: "same-origin" });
    return answer.ok ? await answer.blob() : undefined;
  } catch {
    return undefined;
  }
}
