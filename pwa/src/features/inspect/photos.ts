/** From a file of the camera to a saved photo op: evidence first, everything else can wait. */
import { t } from "../../app/i18n";
import { act, newId, type Rec } from "../../engine/api";
import type { Photo } from "../../model/generated";
import { PhotoRefused, preparePhoto } from "../../worker/photoClient";
import { photoReasons } from "../../worker/photoMessages";
import { whyNotSaved } from "../round/failures";

export interface PhotoOf {
  asset: Rec<"asset">;
  round?: string;
  item?: string;
}

/**
 * Saves a photo with its bytes. `save` names drafts to write in the same transaction, given the photo's id: a photo and the
 * form that names it are on disk together or not at all.
 */
export async function savePhoto(
  file: File,
  { asset, round, item }: PhotoOf,
  save: (photo: string) => Readonly<Record<string, unknown>> = () => ({}),
): Promise<string> {
  const takenAt = file.lastModified && file.lastModified <= Date.now() ? file.lastModified : Date.now();
  const photo = await preparePhoto(file);
  const values: Photo = {
    ...(asset.site && { site: asset.site }),
    asset: asset.id,
    ...(asset.space && { space: asset.space }),
    ...(round && { round }),
    ...(item && { item }),
    blob: photo.sha256,
    mime: photo.mime,
    size: photo.size,
    ...(photo.width && { width: photo.width }),
    ...(photo.height && { height: photo.height }),
    taken_at: photo.takenAt ?? takenAt,
    ...(photo.position && { position: photo.position }),
  };
  const id = newId();
  const bytes = new Uint8Array(await photo.blob.arrayBuffer());
  await act([{ kind: "photo", record: id, seen: null, values, blobs: [photo.sha256] }], {
    blobs: [{ bytes, mime: photo.mime, sha256: photo.sha256 }],
    save: save(id),
  });
  return id;
}

/** Why a photo was not saved, in words. */
export const whyNoPhoto = (error: unknown): string =>
  error instanceof PhotoRefused ? t(photoReasons[error.reason]).replace(/[。.]$/, "") : whyNotSaved(error);
