/** Live view without a player's buffer, for who steers: each picture is decoded and shown as it comes (WebCodecs). */

import { wallAt } from "../state/media.ts";
import { codecRecord, sampleOf } from "./boxes.ts";
import type { StreamKind } from "./choice.ts";
import { type Header, LiveLink } from "./link.ts";
import { latencyOf, type LiveView, STALLED_MS, STARTING } from "./live.ts";
import type { Surface } from "./surface.ts";

const TELL_MS = 500;
/** Pictures in the decoder beyond which it is behind: then everything up to the next key frame is left out. */
const MAX_BEHIND = 12;

export function canDrawDirectly(): boolean {
  return "VideoDecoder" in window;
}

export class DirectPlayer {
  readonly #surface: Surface;
  readonly #tell: (view: LiveView) => void;
  readonly #link: LiveLink;
  readonly #watch: ReturnType<typeof setInterval>;
  #decoder: VideoDecoder | null = null;
  #header: Header | null = null;
  #awaitsInit = false;
  #awaitsKey = true;
  #toldMs = 0;
  #view: LiveView;

  constructor(cameraId: string, stream: StreamKind, surface: Surface, tell: (view: LiveView) => void) {
    this.#surface = surface;
    this.#tell = tell;
    this.#view = { ...STARTING, stream };
    this.#watch = setInterval(() => this.#doubt(), TELL_MS);
    this.#link = new LiveLink(cameraId, stream, {
      opened: (header) => {
        this.#header = header;
        this.#awaitsInit = true;
      },
      bytes: (content) => this.#take(content),
      dropped: (count) => {
        this.#awaitsKey = true;
        this.#show({ dropped: this.#view.dropped + count });
      },
      lost: (failure) => this.#show({ state: "lost", failure }),
    });
  }

  close(): void {
    clearInterval(this.#watch);
    this.#link.close();
    this.#end();
    this.#surface.close();
  }

  #take(content: ArrayBuffer): void {
    if (this.#awaitsInit) {
      this.#awaitsInit = false;
      this.#begin(content);
      return;
    }
    const sample = sampleOf(content);
    if (!this.#decoder || !sample) return;
    if (this.#decoder.decodeQueueSize > MAX_BEHIND) this.#awaitsKey = true;
    if (this.#awaitsKey && !sample.key) return;
    this.#awaitsKey = false;
    const timestamp = Math.round((sample.shown * 100) / 9);
    this.#decoder.decode(new EncodedVideoChunk({ type: sample.key ? "key" : "delta", timestamp, data: sample.data }));
  }

  #begin(init: ArrayBuffer): void {
    const header = this.#header;
    const description = codecRecord(init);
    this.#end();
    if (!header || !description) return;
    const known = { codec: header.codec, width: header.width, height: header.height, stream: this.#link.stream };
    const decoder = new VideoDecoder({
      output: (picture) => {
        this.#shown(picture.timestamp);
        this.#surface.show(picture);
      },
      error: (failure) => {
        if (failure.name === "NotSupportedError") this.#show({ state: "unplayable", ...known });
        else this.#link.again(null);
      },
    });
    decoder.configure({ codec: header.codec, description, optimizeForLatency: true, hardwareAcceleration: "no-preference" });
    this.#decoder = decoder;
    this.#awaitsKey = true;
    this.#show(known);
  }

  #shown(timestampUs: number): void {
    if (!this.#header) return;
    if (this.#view.state === "playing" && performance.now() - this.#toldMs < TELL_MS) return;
    const wallMs = wallAt(timestampUs / 1e6, Date.parse(this.#header.wall), this.#header.media);
    this.#show({ state: "playing", wallMs, latencyMs: latencyOf(wallMs), failure: null });
  }

  #doubt(): void {
    const silent = performance.now() - this.#link.heardMs > STALLED_MS;
    if (this.#link.open && this.#view.state === "playing" && silent) this.#show({ state: "stalled" });
  }

  #end(): void {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
  }

  #show(change: Partial<LiveView>): void {
    this.#toldMs = performance.now();
    this.#view = { ...this.#view, ...change };
    this.#tell(this.#view);
  }
}
