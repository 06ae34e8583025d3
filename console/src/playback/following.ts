/** What the page asks of a tile. */

/** `coming`: not there yet, and asked for again. */
export type TileState = "loading" | "shown" | "gap" | "coming" | "failed" | "unplayable";

export interface Following {
  /** Brings the picture to that instant; true while the others should wait for it. */
  follow: (ms: number, playing: boolean, speed: number, keysOnly: boolean) => boolean;
  /** Instants of the pictures that are loaded, sorted. */
  pictures: () => readonly number[];
  /** The instant that the picture shows; null while it shows none. */
  shownMs: () => number | null;
  /** Resolves when a picture of about that instant stands on the screen. */
  paints: (ms: number) => Promise<void>;
  camera: () => string;
}

/** The picture after (1) or before (-1) the one that stands at `ms`, a little after it began; null when it is not loaded. */
export function stepFrom(pictures: readonly number[], ms: number, way: 1 | -1): number | null {
  const standing = pictures.findLastIndex((one) => one <= ms);
  if (standing < 0) return null;
  const next = pictures[standing + way];
  if (next === undefined || Math.abs(next - ms) > 3_000) return null;
  return next + INTO_MS;
}

const INTO_MS = 2;
