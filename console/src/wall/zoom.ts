/** Digital zoom of one picture: a scale and the point that stands in the middle, in fractions of the picture. Pure. */

export interface Zoom {
  scale: number;
  x: number;
  y: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0.5, y: 0.5 };
export const MOST = 8;
export const STEP = 1.25;

/** Closer (`factor` > 1) or farther, while the point at `at` (fractions of the tile) stays where it is. */
export function zoomed(zoom: Zoom, factor: number, at = { x: 0.5, y: 0.5 }): Zoom {
  const scale = Math.min(MOST, Math.max(1, zoom.scale * factor));
  const held = { x: zoom.x + (at.x - 0.5) / zoom.scale, y: zoom.y + (at.y - 0.5) / zoom.scale };
  return kept({ scale, x: held.x - (at.x - 0.5) / scale, y: held.y - (at.y - 0.5) / scale });
}

/** Moved by so many fractions of the tile. */
export function panned(zoom: Zoom, dx: number, dy: number): Zoom {
  return kept({ ...zoom, x: zoom.x + dx / zoom.scale, y: zoom.y + dy / zoom.scale });
}

/** How CSS draws it, on an element whose transform origin is its middle. */
export function transformOf(zoom: Zoom): string {
  if (zoom.scale === 1) return "none";
  const by = (part: number): string => `${((0.5 - part) * 100).toFixed(3)}%`;
  return `scale(${zoom.scale.toFixed(4)}) translate(${by(zoom.x)}, ${by(zoom.y)})`;
}

/** Never beyond the edge of the picture. */
function kept(zoom: Zoom): Zoom {
  const margin = 0.5 / zoom.scale;
  const inside = (part: number): number => Math.min(1 - margin, Math.max(margin, part));
  return { scale: zoom.scale, x: inside(zoom.x), y: inside(zoom.y) };
}
