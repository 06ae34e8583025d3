/** Where the tracked thing was at an instant of the clip, and how it came there. Pure. */

import type { Box, Point, TrailPoint } from "../state/model.ts";

/** Between two points further apart than this nothing was seen, and nothing is drawn. */
const LONGEST_GAP_MS = 3_500;
/** A box is shown a little after the last point of its track. */
const LINGER_MS = 350;

export interface Marked {
  at: number;
  box: Box;
}

export function marks(trail: readonly TrailPoint[]): Marked[] {
  return trail.map((point) => ({ at: Date.parse(point.at), box: point.box })).sort((a, b) => a.at - b.at);
}

/** The box at `wallMs`, between the two points around it; null while nothing was seen. */
export function boxAt(trail: readonly Marked[], wallMs: number): Box | null {
  const after = trail.findIndex((point) => point.at >= wallMs);
  if (after < 0) {
    const last = trail.at(-1);
    return last && wallMs - last.at <= LINGER_MS ? last.box : null;
  }
  const next = trail[after];
  const before = trail[after - 1];
  if (!next) return null;
  if (!before) return next.at - wallMs <= LINGER_MS ? next.box : null;
  const gap = next.at - before.at;
  if (gap > LONGEST_GAP_MS) return wallMs - before.at <= LINGER_MS ? before.box : null;
  return mix(before.box, next.box, gap === 0 ? 1 : (wallMs - before.at) / gap);
}

/** Where its foot has been until `wallMs`. */
export function pathUntil(trail: readonly Marked[], wallMs: number): Point[] {
  return trail.filter((point) => point.at <= wallMs).map((point) => foot(point.box));
}

export function foot(box: Box): Point {
  return { x: (box.left + box.right) / 2, y: box.bottom };
}

function mix(a: Box, b: Box, share: number): Box {
  const between = (from: number, to: number): number => from + (to - from) * share;
  return {
    left: between(a.left, b.left),
    top: between(a.top, b.top),
    right: between(a.right, b.right),
    bottom: between(a.bottom, b.bottom),
  };
}
