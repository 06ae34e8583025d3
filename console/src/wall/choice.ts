/** Which stream a tile asks for. Pure. */

export type StreamKind = "main" | "sub";

/** Wider than this, in device pixels, a tile is worth the main stream. */
const LARGE = 900;
const HYSTERESIS = 0.15;

export function streamFor(widthPx: number, codec: string, playable: (codec: string) => boolean, now: StreamKind): StreamKind {
  if (codec !== "" && !playable(codec)) return "sub";
  const edge = LARGE * (now === "main" ? 1 - HYSTERESIS : 1 + HYSTERESIS);
  return widthPx >= edge ? "main" : "sub";
}
