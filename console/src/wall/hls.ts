/** Live view where a browser has no MSE, as on older phones: the native player, by a ticket changed for a cookie. */

import { ApiError } from "../state/api.ts";
import { fetchTicket } from "../state/media.ts";
import type { StreamKind } from "./choice.ts";
import { latencyOf, type LiveView, STARTING } from "./live.ts";

const TYPE = "application/vnd.apple.mpegurl";
const TELL_MS = 1_000;
const RETRY_MS = 4_000;

/** Only where MSE is missing: it is later by seconds. */
export function canPlayHls(): boolean {
  return !("MediaSource" in window) && document.createElement("video").canPlayType(TYPE) !== "";
}

export class HlsPlayer {
  readonly #cameraId: string;
  readonly #video: HTMLVideoElement;
  readonly #tell: (view: LiveView) => void;
  readonly #step: ReturnType<typeof setInterval>;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #view: LiveView;

  constructor(cameraId: string, stream: StreamKind, video: HTMLVideoElement, tell: (view: LiveView) => void) {
    this.#cameraId = cameraId;
    this.#video = video;
    this.#tell = tell;
    this.#view = { ...STARTING, stream };
    this.#step = setInterval(() => this.#follow(), TELL_MS);
    video.onerror = () => this.#again(null);
    void this.#open();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#step);
    clearTimeout(this.#retry);
    this.#video.onerror = null;
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  async #open(): Promise<void> {
    try {
      const wish = { camera_id: this.#cameraId, kind: "live", stream: this.#view.stream, purpose: "monitoring" } as const;
      const { ticket, url, stream } = await fetchTicket(wish);
      const base = url.replace(/^ws/, "http").replace(/\/live$/, "");
      const headers = { Authorization: `Bearer ${ticket}` };
      const answer = await fetch(`${base}/hls`, { method: "POST", headers, credentials: "include" });
      if (!answer.ok) throw new ApiError(await answer.json());
      const { path } = (await answer.json()) as { path: string };
      if (this.#closed) return;
      this.#video.src = base + path;
      void this.#video.play().catch(() => undefined);
      this.#show({ stream });
    } catch (failure) {
      this.#again(failure);
    }
  }

  #again(failure: unknown): void {
    if (this.#closed) return;
    this.#show({ state: "lost", failure });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#open(), RETRY_MS);
  }

  #follow(): void {
    const video = this.#video as HTMLVideoElement & { getStartDate?: () => Date };
    if (video.readyState < 2) return;
    const startMs = video.getStartDate?.().getTime() ?? NaN;
    const wallMs = Number.isNaN(startMs) ? null : startMs + video.currentTime * 1000;
    const latencyMs = wallMs === null ? null : latencyOf(wallMs);
    this.#show({ state: "playing", wallMs, latencyMs, width: video.videoWidth, height: video.videoHeight });
  }

  #show(change: Partial<LiveView>): void {
    this.#view = { ...this.#view, ...change };
    this.#tell(this.#view);
  }
}
