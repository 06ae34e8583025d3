/** A tour: which page it shows when. Pure; time is a parameter. */

export interface Tour {
  running: boolean;
  page: number;
  /** When the page is left, milliseconds. */
  leavesMs: number;
}

/** After somebody touched the wall, a tour waits this long before it goes on. */
export const REST_MS = 30_000;

export function begun(page: number, dwellS: readonly number[], nowMs: number): Tour {
  return { running: dwellS.length > 1, page, leavesMs: nowMs + dwellOf(dwellS, page) };
}

export function paused(tour: Tour): Tour {
  return { ...tour, running: false };
}

/** Somebody looks closer: stay on this page a while. */
export function touched(tour: Tour, nowMs: number): Tour {
  return tour.running ? { ...tour, leavesMs: Math.max(tour.leavesMs, nowMs + REST_MS) } : tour;
}

/** The tour at `nowMs`; the same object while nothing changes. */
export function stepped(tour: Tour, dwellS: readonly number[], nowMs: number): Tour {
  if (!tour.running || nowMs < tour.leavesMs || dwellS.length === 0) return tour;
  const page = (tour.page + 1) % dwellS.length;
  return { ...tour, page, leavesMs: nowMs + dwellOf(dwellS, page) };
}

function dwellOf(dwellS: readonly number[], page: number): number {
  return (dwellS[page] ?? 15) * 1000;
}
