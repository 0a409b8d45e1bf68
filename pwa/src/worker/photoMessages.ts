import type { PhotoReason } from "./photoTypes";

/** Why a photo is refused, here or by the centre. */
export const photoReasons = {
  empty: { zh: "文件是空的。请重新拍摄或另选一张。", en: "The file is empty. Take or choose another photo." },
  too_large: { zh: "文件超过 50 MB。请另选一张较小的。", en: "The file is over 50 MB. Choose a smaller one." },
  not_an_image: { zh: "这个文件不是照片。请选择照片。", en: "This file is not a photo. Choose a photo." },
  format: {
    zh: "不支持这种图片格式。请使用 JPEG、PNG、WebP 或 HEIC。",
    en: "This picture format is not supported. Use JPEG, PNG, WebP or HEIC.",
  },
  too_many_pixels: {
    zh: "图片像素过多（超过 1.2 亿）。请用较小的尺寸重新拍摄。",
    en: "The picture has too many pixels (over 120 million). Take it again at a smaller size.",
  },
  truncated: { zh: "照片不完整，后半部分缺失。请重新拍摄。", en: "The photo is cut off; its end is missing. Take it again." },
  damaged: { zh: "照片已损坏，无法读取。请重新拍摄。", en: "The photo is damaged and cannot be read. Take it again." },
  decoder: {
    zh: "照片无法读取。请重试；仍不行请重新拍摄。",
    en: "The photo could not be read. Try again; otherwise take it again.",
  },
} satisfies Record<PhotoReason, { zh: string; en: string }>;
