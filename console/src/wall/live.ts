/** Live view of one camera: a WebSocket of one-sample chunks played at the edge, and what went wrong, told. */

import { fetchTicket, wallAt } from "../state/media.ts";
import { canPlay, Feeder } from "./feeder.ts";

export type LiveState = "connecting" | "playing" | "stalled" | "lost" | "unplayable";

export interface LiveView {
  state: LiveState;
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

interface Header {
  codec: string;
  width: number;
  height: number;
  wall: string;
  media: number;
}

/** Further behind than this the player runs a little faster; further than the second, it jumps. */
const CHASE_S = 0.22;
const JUMP_S = 1.2;
const EDGE_S = 0.06;
const FASTER = 1.08;
const STALLED_MS = 3_000;
const STEP_MS = 200;
const FIRST_RETRY_MS = 800;
const LAST_RETRY_MS = 10_000;
/** A latency outside of this means that two clocks disagree. */
const SANE_LATENCY_MS = [-200, 30_000] as const;

export class LivePlayer {
  readonly #cameraId: string;
  readonly #video: HTMLVideoElement;
  readonly #tell: (view: LiveView) => void;
  #socket: WebSocket | null = null;
  #feeder: Feeder | null = null;
  #header: Header | null = null;
  #heardMs = 0;
  #retryMs = FIRST_RETRY_MS;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #step: ReturnType<typeof setInterval> | undefined;
  #closed = false;
  #view: LiveView = {
    state: "connecting",
    codec: "",
    width: 0,
    height: 0,
    wallMs: null,
    latencyMs: null,
    dropped: 0,
    failure: null,
  };

  constructor(cameraId: string, video: HTMLVideoElement, tell: (view: LiveView) => void) {
    this.#cameraId = cameraId;
    this.#video = video;
    this.#tell = tell;
    this.#step = setInterval(() => this.#follow(), STEP_MS);
    void this.#open();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#step);
    this.#socket?.close();
    this.#feeder?.close();
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  async #open(): Promise<void> {
    let socket: WebSocket;
    try {
      const { ticket, url } = await fetchTicket({ camera_id: this.#cameraId, kind: "live", purpose: "monitoring" });
      if (this.#closed) return;
      socket = new WebSocket(url);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => socket.send(JSON.stringify({ ticket }));
    } catch (failure) {
      this.#again(failure);
      return;
    }
    this.#socket = socket;
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      this.#heardMs = performance.now();
      if (typeof event.data === "string") this.#hear(JSON.parse(event.data) as Header | { dropped: number });
      else this.#feeder?.append(event.data);
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.#again(null);
    };
  }

  #hear(message: Header | { dropped: number }): void {
    if ("dropped" in message) {
      this.#show({ dropped: this.#view.dropped + message.dropped });
      return;
    }
    // A header begins a run: its media time may lie before what was played, so the player starts afresh.
    this.#header = message;
    this.#feeder?.close();
    if (!canPlay(message.codec)) {
      this.#show({ state: "unplayable", codec: message.codec });
      this.#closeSocket();
      return;
    }
    const feeder = new Feeder(message.codec);
    feeder.onfailure = () => this.#again(null);
    this.#feeder = feeder;
    this.#video.src = feeder.url;
    this.#retryMs = FIRST_RETRY_MS;
    this.#show({ codec: message.codec, width: message.width, height: message.height });
  }

  /** Keeps at the edge of what arrived and tells how it goes. */
  #follow(): void {
    const video = this.#video;
    if (!this.#header || !this.#feeder || !this.#socket) return;
    if (performance.now() - this.#heardMs > STALLED_MS) {
      this.#show({ state: "stalled" });
      return;
    }
    const ranges = video.buffered;
    if (ranges.length === 0) return;
    const end = ranges.end(ranges.length - 1);
    const behind = end - video.currentTime;
    const starved = video.currentTime < ranges.start(ranges.length - 1);
    if (behind > JUMP_S || starved) video.currentTime = Math.max(ranges.start(ranges.length - 1), end - EDGE_S);
    video.playbackRate = behind > CHASE_S ? FASTER : 1;
    if (video.paused) void video.play().catch(() => undefined);
    this.#feeder.forgetBefore(video.currentTime);
    const wallMs = wallAt(video.currentTime, Date.parse(this.#header.wall), this.#header.media);
    const latencyMs = Date.now() - wallMs;
    const sane = latencyMs > SANE_LATENCY_MS[0] && latencyMs < SANE_LATENCY_MS[1];
    this.#show({
      state: video.readyState >= 2 ? "playing" : this.#view.state,
      wallMs,
      latencyMs: sane ? Math.max(0, latencyMs) : null,
      failure: null,
    });
  }

  #again(failure: unknown): void {
    if (this.#closed) return;
    this.#closeSocket();
    this.#show({ state: "lost", failure });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#open(), this.#retryMs * (0.75 + Math.random() / 2));
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #closeSocket(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #show(change: Partial<LiveView>): void {
    this.#view = { ...this.#view, ...change };
    this.#tell(this.#view);
  }
}
