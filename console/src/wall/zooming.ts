/** Digital zoom by wheel, drag and keys on one tile. */

import { panned, STEP, WHOLE, type Zoom, zoomed } from "./zoom.ts";

const PAN = 0.12;

/** What a key does to the picture; null when it does nothing. */
export function zoomKey(zoom: Zoom, key: string): Zoom | null {
  if (key === "+" || key === "=") return zoomed(zoom, STEP);
  if (key === "-") return zoomed(zoom, 1 / STEP);
  if (key === "0") return WHOLE;
  if (zoom.scale === 1) return null;
  if (key === "ArrowLeft") return panned(zoom, -PAN, 0);
  if (key === "ArrowRight") return panned(zoom, PAN, 0);
  if (key === "ArrowUp") return panned(zoom, 0, -PAN);
  if (key === "ArrowDown") return panned(zoom, 0, PAN);
  return null;
}
