/** Which cameras the wall shows: the one in hand first, the others in the order of their names. Pure. */

import type { Camera } from "../state/model.ts";

export function wallOrder(cameras: readonly Camera[], first: string | null): Camera[] {
  return cameras
    .filter((camera) => camera.enabled)
    .sort((a, b) => Number(b.id === first) - Number(a.id === first) || a.name.localeCompare(b.name));
}

export interface Page<T> {
  items: T[];
  /** From 0; what was asked for, wrapped around. */
  page: number;
  pages: number;
}

export function pageOf<T>(items: readonly T[], size: number, wanted: number): Page<T> {
  const pages = Math.max(1, Math.ceil(items.length / size));
  const page = ((wanted % pages) + pages) % pages;
  return { items: items.slice(page * size, (page + 1) * size), page, pages };
}
