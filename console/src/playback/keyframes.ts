/** Key frames over a player: one is decoded alone and stands at once, while the player still works towards its picture. */

const MOST_KEPT = 48;
/** It stands for an instant: what is drawn by a processor alone must not be large. */
const MOST_WIDE = 960;

export interface KeyFrame {
  /** Wall milliseconds. */
  ms: number;
  codec: string;
  record: Uint8Array;
  data: Uint8Array<ArrayBuffer>;
}

/** The last key frames that came, so that a place near by needs no asking. */
export class KeptKeys {
  #kept: KeyFrame[] = [];

  add(key: KeyFrame): void {
    this.#kept = [...this.#kept.filter((one) => one.ms !== key.ms), key].slice(-MOST_KEPT);
  }

  clear(): void {
    this.#kept = [];
  }

  /** The last one at or before `ms`, when it is no older than `withinMs`. */
  before(ms: number, withinMs: number): KeyFrame | null {
    const fits = this.#kept.filter((one) => one.ms <= ms && ms - one.ms <= withinMs);
    return fits.reduce<KeyFrame | null>((best, one) => (best && best.ms > one.ms ? best : one), null);
  }
}

/** Without WebCodecs (a page that is not served safely) it draws nothing, and the player's own picture comes first. */
export class KeyPainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #painted: (ms: number) => void;
  #decoder: VideoDecoder | null = null;
  #codec = "";
  #record: Uint8Array = new Uint8Array();
  #wanted: KeyFrame | null = null;

  constructor(canvas: HTMLCanvasElement, painted: (ms: number) => void) {
    this.#canvas = canvas;
    this.#painted = painted;
  }

  /** Whether it can. */
  draw(key: KeyFrame): boolean {
    if (!("VideoDecoder" in window)) return false;
    this.#wanted = key;
    const decoder = this.#ready(key);
    decoder.decode(new EncodedVideoChunk({ type: "key", timestamp: Math.round(key.ms * 1000), data: key.data }));
    // A codec that reorders pictures gives none before the next one or the end.
    decoder.flush().catch(() => undefined);
    return true;
  }

  /** What is still being decoded is drawn no more. */
  forget(): void {
    this.#wanted = null;
  }

  close(): void {
    this.#wanted = null;
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
  }

  #ready(key: KeyFrame): VideoDecoder {
    const known = this.#decoder;
    if (known?.state === "configured" && key.codec === this.#codec && same(key.record, this.#record)) return known;
    this.#decoder?.state === "configured" && this.#decoder.close();
    const decoder = new VideoDecoder({ output: (frame) => this.#take(frame), error: () => this.forget() });
    // One picture alone is there sooner than a chip is ready for it.
    const how = { optimizeForLatency: true, hardwareAcceleration: "prefer-software" } as const;
    decoder.configure({ codec: key.codec, description: key.record, ...how });
    this.#decoder = decoder;
    this.#codec = key.codec;
    this.#record = key.record;
    return decoder;
  }

  #take(frame: VideoFrame): void {
    const ms = this.#wanted?.ms;
    if (ms === undefined || Math.round(ms * 1000) !== frame.timestamp) {
      frame.close();
      return;
    }
    this.#wanted = null;
    const { displayWidth, displayHeight } = frame;
    const wide = Math.min(MOST_WIDE, this.#canvas.clientWidth * devicePixelRatio) || MOST_WIDE;
    const scale = Math.min(1, wide / displayWidth);
    this.#canvas.width = Math.round(displayWidth * scale);
    this.#canvas.height = Math.round(displayHeight * scale);
    this.#canvas.getContext("2d", { alpha: false })?.drawImage(frame, 0, 0, this.#canvas.width, this.#canvas.height);
    frame.close();
    this.#painted(ms);
  }
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
