/** Live view of one camera over MSE, played at the edge of what arrived, and what goes wrong, told. */

import { wallAt } from "../state/media.ts";
import type { StreamKind } from "./choice.ts";
import { canPlay, Feeder } from "./feeder.ts";
import { type Header, LiveLink } from "./link.ts";

export type LiveState = "connecting" | "playing" | "stalled" | "lost" | "unplayable";

export interface LiveView {
  state: LiveState;
  stream: StreamKind;
  codec: string;
  width: number;
  height: number;
  /** Wall time of the picture that is shown, milliseconds; null before the first. */
  wallMs: number | null;
  /** How old the shown picture is; null when the clocks of camera and screen cannot be compared. */
  latencyMs: number | null;
  dropped: number;
  failure: unknown;
}

/** Further behind than this the player runs faster, the more so the further; further than the second, it jumps. */
const CHASE_S = 0.1;
const JUMP_S = 0.7;
const EDGE_S = 0.04;
export const STALLED_MS = 3_000;
const STEP_MS = 100;
/** The page learns the time of the picture so often, not at every step. */
const TELL_MS = 500;
/** A latency outside of this means that two clocks disagree. */
const SANE_LATENCY_MS = [-200, 30_000] as const;

export const STARTING: LiveView = {
  state: "connecting",
  stream: "main",
  codec: "",
  width: 0,
  height: 0,
  wallMs: null,
  latencyMs: null,
  dropped: 0,
  failure: null,
};

/** How late a picture of `wallMs` is now; null when it cannot be known. */
export function latencyOf(wallMs: number): number | null {
  const latencyMs = Date.now() - wallMs;
  return latencyMs > SANE_LATENCY_MS[0] && latencyMs < SANE_LATENCY_MS[1] ? Math.max(0, latencyMs) : null;
}

export class LivePlayer {
  readonly #video: HTMLVideoElement;
  readonly #tell: (view: LiveView) => void;
  readonly #link: LiveLink;
  readonly #step: ReturnType<typeof setInterval>;
  #feeder: Feeder | null = null;
  #header: Header | null = null;
  #toldMs = 0;
  #view: LiveView;

  constructor(cameraId: string, stream: StreamKind, video: HTMLVideoElement, tell: (view: LiveView) => void) {
    this.#video = video;
    this.#tell = tell;
    this.#view = { ...STARTING, stream };
    this.#step = setInterval(() => this.#follow(), STEP_MS);
    this.#link = new LiveLink(cameraId, stream, {
      opened: (header) => this.#begin(header),
      bytes: (content) => this.#feeder?.append(content),
      dropped: (count) => this.#show({ dropped: this.#view.dropped + count }),
      lost: (failure) => this.#show({ state: "lost", failure }),
    });
  }

  close(): void {
    clearInterval(this.#step);
    this.#link.close();
    this.#feeder?.close();
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  /** A header begins a run: its media time may lie before what was played, so the player starts afresh. */
  #begin(header: Header): void {
    this.#header = header;
    this.#feeder?.close();
    this.#feeder = null;
    const known = { codec: header.codec, width: header.width, height: header.height, stream: this.#link.stream };
    if (!canPlay(header.codec)) {
      this.#show({ state: "unplayable", ...known });
      this.#link.hangUp();
      return;
    }
    const feeder = new Feeder(header.codec);
    feeder.onfailure = () => this.#link.again(null);
    this.#feeder = feeder;
    this.#video.src = feeder.url;
    this.#show(known);
  }

  /** Keeps at the edge of what arrived and tells how it goes. */
  #follow(): void {
    const video = this.#video;
    if (!this.#header || !this.#feeder || !this.#link.open) return;
    if (performance.now() - this.#link.heardMs > STALLED_MS) {
      if (this.#view.state !== "stalled") this.#show({ state: "stalled" });
      return;
    }
    const ranges = video.buffered;
    if (ranges.length === 0) return;
    const end = ranges.end(ranges.length - 1);
    const behind = end - video.currentTime;
    const starved = video.currentTime < ranges.start(ranges.length - 1);
    if (behind > JUMP_S || starved) video.currentTime = Math.max(ranges.start(ranges.length - 1), end - EDGE_S);
    const rate = behind > CHASE_S ? 1 + Math.min(Math.round(behind * 10), 5) / 10 : 1;
    if (video.playbackRate !== rate) video.playbackRate = rate;
    if (video.paused) void video.play().catch(() => undefined);
    this.#feeder.forgetBefore(video.currentTime);
    const state = video.readyState >= 2 ? "playing" : this.#view.state;
    if (state === this.#view.state && performance.now() - this.#toldMs < TELL_MS) return;
    const wallMs = wallAt(video.currentTime, Date.parse(this.#header.wall), this.#header.media);
    this.#show({ state, wallMs, latencyMs: latencyOf(wallMs), failure: null });
  }

  #show(change: Partial<LiveView>): void {
    this.#toldMs = performance.now();
    this.#view = { ...this.#view, ...change };
    this.#tell(this.#view);
  }
}
