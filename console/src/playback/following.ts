/** What the page asks of a tile. */

import type { Span } from "./admission.ts";

/** `coming`: not there yet, and asked for again. */
export type TileState = "loading" | "shown" | "gap" | "coming" | "failed" | "unplayable";

/** After how many milliseconds a seek had a ticket, the clip's head, its key frame; had drawn it; showed it; showed the exact picture. */
export type SeekTrace = Partial<Record<"ticket" | "head" | "key" | "drawn" | "first" | "exact", number>>;

export interface Following {
  /** Brings the picture to that instant; true while the others should wait for it. */
  follow: (ms: number, playing: boolean, speed: number, keysOnly: boolean) => boolean;
  /** Instants of the pictures that are loaded, sorted. */
  pictures: () => readonly number[];
  /** The instant that the picture shows; null while it shows none. */
  shownMs: () => number | null;
  /** Before the tile follows to a place elsewhere: its key frame comes first, then the exact picture. Told when both stand. */
  jump: (ms: number) => Promise<SeekTrace>;
  /** Leave to see `span` is fetched ahead; `ms` is where the person looks. */
  prepare: (span: Span, ms: number) => void;
  camera: () => string;
}

/** When the picture began that stands at `ms`; null when it is not loaded. */
export function pictureAt(pictures: readonly number[], ms: number): number | null {
  const standing = pictures.findLast((one) => one <= ms + ROUNDED_MS);
  return standing === undefined || ms - standing > LONGEST_MS ? null : standing;
}

const ROUNDED_MS = 1;
const LONGEST_MS = 3_000;

/** The picture after (1) or before (-1) the one that stands at `ms`, a little after it began; null when it is not loaded. */
export function stepFrom(pictures: readonly number[], ms: number, way: 1 | -1): number | null {
  const standing = pictures.findLastIndex((one) => one <= ms);
  if (standing < 0) return null;
  const next = pictures[standing + way];
  if (next === undefined || Math.abs(next - ms) > LONGEST_MS) return null;
  return next + INTO_MS;
}

const INTO_MS = 2;
