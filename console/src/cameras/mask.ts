/** The areas of a privacy mask, corners in fractions of the picture. Pure: each change gives new areas. */

import type { Point } from "../state/model.ts";

export type Areas = readonly (readonly Point[])[];

/** As control wants them. */
export const MIN_CORNERS = 3;
export const MAX_CORNERS = 64;
export const MAX_AREAS = 32;

const STEP = 0.01;
const FAR_STEP = 0.05;

export function inPicture({ x, y }: Point): Point {
  return { x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) };
}

export function moved(areas: Areas, area: number, corner: number, to: Point): Point[][] {
  return areas.map((corners, a) => corners.map((point, c) => (a === area && c === corner ? inPicture(to) : point)));
}

/** With a new corner halfway to the next one. */
export function inserted(areas: Areas, area: number, corner: number): Point[][] {
  return areas.map((corners, a) => {
    const [from, to] = [corners[corner], corners[(corner + 1) % corners.length]];
    if (a !== area || !from || !to || corners.length >= MAX_CORNERS) return [...corners];
    const half = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
    return [...corners.slice(0, corner + 1), half, ...corners.slice(corner + 1)];
  });
}

/** Without a corner; an area that is none any more goes with it. */
export function without(areas: Areas, area: number, corner: number): Point[][] {
  return areas
    .map((corners, a) => (a === area ? corners.filter((_, c) => c !== corner) : [...corners]))
    .filter((corners) => corners.length >= MIN_CORNERS);
}

/** Where an arrow key takes a point; null for another key. */
export function stepped(point: Point, key: string, far: boolean): Point | null {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  if (!way) return null;
  const step = far ? FAR_STEP : STEP;
  return inPicture({ x: point.x + (way[0] ?? 0) * step, y: point.y + (way[1] ?? 0) * step });
}

/** For the `points` of a polygon whose view box is the picture, 1 by 1. */
export function outline(corners: readonly Point[]): string {
  return corners.map(({ x, y }) => `${x},${y}`).join(" ");
}
