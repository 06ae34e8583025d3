/** Between two reported positions a unit glides, so that the eye can follow it. Pure. */

import type { Position } from "../state/model.ts";

/** Fixes come about once a second; a little longer hides that they are not punctual. */
const GLIDE_MS = 1_150;
/** A jump further than this is no drive: it is shown at once. */
const LONGEST_GLIDE_DEG = 0.004;

export interface Glide {
  from: Position;
  to: Position;
  beganMs: number;
}

export function positionAt(glide: Glide, nowMs: number): Position {
  const share = Math.min(1, Math.max(0, (nowMs - glide.beganMs) / GLIDE_MS));
  return {
    lat: glide.from.lat + (glide.to.lat - glide.from.lat) * share,
    lon: glide.from.lon + (glide.to.lon - glide.from.lon) * share,
  };
}

export function arrived(glide: Glide, nowMs: number): boolean {
  return nowMs - glide.beganMs >= GLIDE_MS;
}

/** The glide to a new fix, from wherever the unit is drawn now. */
export function towards(glide: Glide | undefined, to: Position, nowMs: number): Glide {
  if (!glide) return { from: to, to, beganMs: nowMs };
  const from = positionAt(glide, nowMs);
  const far = Math.hypot(to.lat - from.lat, to.lon - from.lon) > LONGEST_GLIDE_DEG;
  return { from: far ? to : from, to, beganMs: nowMs };
}
