/** The phone's camera: opened once, given back when nobody looks. */
export type CameraProblem = "denied" | "none" | "busy" | "insecure";

export class CameraRefused extends Error {
  constructor(
    readonly problem: CameraProblem,
    cause?: unknown,
  ) {
    super(problem, { cause });
    this.name = "CameraRefused";
  }
}

/** The back camera where there is one. Asks the person the first time. Throws CameraRefused. */
export async function openCamera(): Promise<MediaStream> {
  if (!globalThis.isSecureContext) throw new CameraRefused("insecure");
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraRefused("none");
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } },
    });
  } catch (error) {
    throw new CameraRefused(problemOf(error), error);
  }
}

export function problemOf(error: unknown): CameraProblem {
  const name = error instanceof Error ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return name === "NotReadableError" || name === "AbortError" ? "busy" : "none";
}

export function closeCamera(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** The light of the camera, for tracks that have one; TypeScript's list of capabilities does not know it. */
export const hasTorch = (stream: MediaStream): boolean => {
  const track = stream.getVideoTracks()[0];
  return Boolean((track?.getCapabilities?.() as { torch?: boolean } | undefined)?.torch);
};

export async function setTorch(stream: MediaStream, on: boolean): Promise<void> {
  await stream.getVideoTracks()[0]?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
}
