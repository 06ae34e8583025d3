/** How a camera's analysis does, as `GET /analysis` tells. */
export interface CameraAnalysis {
  camera_id: string;
  /** Empty when the camera is looked at. */
  fault: string;
  message: string;
  advice: string;
  frames_read: number;
  /** Of `frames_read`, those that nobody had time for. */
  shed: number;
}

/** By camera, the share of frames since `before` that nobody looked at; a count that fell began anew. */
export function shedShares(before: readonly CameraAnalysis[], now: readonly CameraAnalysis[]): Map<string, number> {
  const earlier = new Map(before.map((one) => [one.camera_id, one]));
  return new Map(
    now.map((one) => {
      const was = earlier.get(one.camera_id);
      const anew = !was || one.frames_read < was.frames_read || one.shed < was.shed;
      const frames = one.frames_read - (anew ? 0 : was.frames_read);
      return [one.camera_id, frames > 0 ? Math.min(1, (one.shed - (anew ? 0 : was.shed)) / frames) : 0];
    }),
  );
}
