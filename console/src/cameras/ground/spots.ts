/** The spots that are picked, each on the picture and on the map. Pure: each change gives new spots. */

import type { Point, Position } from "../../state/model.ts";
import type { Pair } from "./model.ts";

export interface Spot {
  picture: Point | null;
  place: Position | null;
}

export const LEAST = 4;
export const MOST = 40;

const PICTURE_STEP = 0.001;
const PICTURE_FAR = 0.02;
const MAP_STEP_M = 0.2;
const MAP_FAR_M = 5;
const M_PER_DEGREE = 111_195.08;

export function spotsOf(pairs: readonly Pair[]): Spot[] {
  return pairs.map(({ picture, place }) => ({ picture, place }));
}

/** Those that are on both sides. */
export function pairsOf(spots: readonly Spot[]): Pair[] {
  return spots.flatMap(({ picture, place }) => (picture && place ? [{ picture, place }] : []));
}

/** Of each spot, its place among the complete ones; null for the others. */
export function numbersOf(spots: readonly Spot[]): (number | null)[] {
  let next = 0;
  return spots.map(({ picture, place }) => (picture && place ? next++ : null));
}

/** With one side of a spot put; a spot beyond the last one is a new one. */
export function put(spots: readonly Spot[], at: number, side: Partial<Spot>): Spot[] {
  if (at >= MOST) return [...spots];
  const before = spots[at] ?? { picture: null, place: null };
  const next = [...spots];
  next[Math.min(at, spots.length)] = { ...before, ...side };
  return next;
}

export function without(spots: readonly Spot[], at: number): Spot[] {
  return spots.filter((_, number) => number !== at);
}

/** Which side is missing of the spot in hand: where the next click belongs. */
export function wants(spot: Spot | undefined): "picture" | "map" {
  return spot?.picture && !spot.place ? "map" : "picture";
}

const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Where an arrow key takes a point of the picture; null for another key. */
export function nudged(point: Point, key: string, far: boolean): Point | null {
  const way = WAYS[key];
  if (!way) return null;
  const step = far ? PICTURE_FAR : PICTURE_STEP;
  const within = (value: number) => Math.min(1, Math.max(0, value));
  return { x: within(point.x + way[0] * step), y: within(point.y + way[1] * step) };
}

/** Where an arrow key takes a place on a map with north up; null for another key. */
export function walked(place: Position, key: string, far: boolean): Position | null {
  const way = WAYS[key];
  return way ? offset(place, way[0] * (far ? MAP_FAR_M : MAP_STEP_M), -way[1] * (far ? MAP_FAR_M : MAP_STEP_M)) : null;
}

export function offset(place: Position, eastM: number, northM: number): Position {
  const shrink = Math.cos((place.lat * Math.PI) / 180);
  return { lat: place.lat + northM / M_PER_DEGREE, lon: place.lon + eastM / (M_PER_DEGREE * shrink) };
}

/** A place in front of a camera, for a first point by keyboard. */
export function ahead(place: Position, bearingDeg: number, metres: number): Position {
  const bearing = (bearingDeg * Math.PI) / 180;
  return offset(place, Math.sin(bearing) * metres, Math.cos(bearing) * metres);
}
