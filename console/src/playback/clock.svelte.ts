/** The one clock that every tile of playback follows. */

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16] as const;
/** Pictures a second a browser decodes in software without falling behind, over all tiles: so many times real time. */
const DECODER_HOLDS = 6;
const LONGEST_STEP_MS = 250;

export class PlayClock {
  ms = $state(0);
  playing = $state(false);
  speed = $state(1);
  #seenMs: number | null = null;

  constructor(ms: number) {
    this.ms = ms;
  }

  /** Above what the decoder holds, key frames alone are played. */
  keysOnly(tiles: number): boolean {
    return this.speed > 4 || (this.speed > 1 && this.speed * tiles > DECODER_HOLDS);
  }

  /** Goes on to `nowMs` of the page's own time, unless somebody waits for pictures; never past `lastMs`. */
  tick(nowMs: number, waiting: boolean, lastMs: number): void {
    const passed = this.#seenMs === null ? 0 : Math.min(nowMs - this.#seenMs, LONGEST_STEP_MS);
    this.#seenMs = nowMs;
    if (!this.playing || waiting) return;
    const next = this.ms + passed * this.speed;
    if (next >= lastMs) {
      this.ms = Math.max(this.ms, lastMs);
      if (this.speed > 1) this.speed = 1;
    } else {
      this.ms = next;
    }
  }

  faster(steps: 1 | -1): void {
    const at = SPEEDS.indexOf(this.speed as (typeof SPEEDS)[number]);
    this.speed = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at + steps))] ?? 1;
  }
}
