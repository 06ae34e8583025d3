/** The socket of one live picture: ticket, opening, chunks; it comes back by itself and tells what went wrong. */

import { fetchTicket } from "../state/media.ts";
import type { StreamKind } from "./choice.ts";

export interface Header {
  codec: string;
  width: number;
  height: number;
  /** Wall instant and media ticks of the next chunk. */
  wall: string;
  media: number;
}

export interface Listener {
  /** A run begins: the next bytes are an init segment. */
  opened: (header: Header) => void;
  bytes: (content: ArrayBuffer) => void;
  dropped: (count: number) => void;
  lost: (failure: unknown) => void;
}

const FIRST_RETRY_MS = 800;
const LAST_RETRY_MS = 10_000;

export class LiveLink {
  /** What the ticket said: a camera without a sub stream answers `main`. */
  stream: StreamKind;
  heardMs = 0;
  readonly #cameraId: string;
  readonly #listener: Listener;
  #socket: WebSocket | null = null;
  #retryMs = FIRST_RETRY_MS;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(cameraId: string, stream: StreamKind, listener: Listener) {
    this.#cameraId = cameraId;
    this.stream = stream;
    this.#listener = listener;
    void this.#open();
  }

  get open(): boolean {
    return this.#socket !== null;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.hangUp();
  }

  /** Ends the connection without coming back. */
  hangUp(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  again(failure: unknown): void {
    if (this.#closed) return;
    this.hangUp();
    this.#listener.lost(failure);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#open(), this.#retryMs * (0.75 + Math.random() / 2));
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  async #open(): Promise<void> {
    let socket: WebSocket;
    try {
      const wish = { camera_id: this.#cameraId, kind: "live", stream: this.stream, purpose: "monitoring" } as const;
      const { ticket, url, stream } = await fetchTicket(wish);
      if (this.#closed) return;
      this.stream = stream;
      socket = new WebSocket(url);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => socket.send(JSON.stringify({ ticket }));
    } catch (failure) {
      this.again(failure);
      return;
    }
    this.#socket = socket;
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (this.#socket !== socket) return;
      this.heardMs = performance.now();
      if (typeof event.data !== "string") return this.#listener.bytes(event.data);
      const told = JSON.parse(event.data) as Header | { dropped: number };
      if ("dropped" in told) return this.#listener.dropped(told.dropped);
      this.#retryMs = FIRST_RETRY_MS;
      this.#listener.opened(told);
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.again(null);
    };
  }
}
