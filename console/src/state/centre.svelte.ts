/** The live state of the centre: one snapshot, then the facts that control stored after it. */

import { ApiError, get } from "./api.ts";
import type { FactMessage, Snapshot } from "./model.ts";
import { type Centre, EMPTY, fromSnapshot, reduce } from "./reduce.ts";

export type Link = "starting" | "live" | "lost";

const FIRST_RETRY_MS = 400;
const LAST_RETRY_MS = 5_000;
const QUIET_MS = 12_000;

class CentreStore {
  now = $state.raw<Centre>(EMPTY);
  link = $state<Link>("starting");
  lostAt = $state<number | null>(null);
  /** Why the last try failed, when it did. */
  failure = $state.raw<ApiError | null>(null);

  #socket: WebSocket | null = null;
  #listeners = new Set<(message: FactMessage) => void>();
  #retryMs = FIRST_RETRY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heardAt = 0;
  #wanted = false;

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    void this.#connect();
  }

  stop(): void {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = null;
    this.link = "starting";
  }

  /** Hears every fact after it was applied; returns how to stop. */
  listen(listener: (message: FactMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Fetches everything again, then follows the facts after it: what was missed cannot be told from outside. */
  async #connect(): Promise<void> {
    try {
      const snapshot = await get<Snapshot>("/snapshot");
      if (!this.#wanted) return;
      this.now = fromSnapshot(snapshot);
    } catch (failure) {
      if (failure instanceof ApiError) this.failure = failure;
      this.#retry();
      return;
    }
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/facts?after=${this.now.seq}`);
    this.#socket = socket;
    socket.onopen = () => {
      this.link = "live";
      this.lostAt = null;
      this.failure = null;
      this.#retryMs = FIRST_RETRY_MS;
      this.#heard();
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      this.#heard();
      const told = JSON.parse(event.data) as FactMessage | FactMessage[];
      for (const message of Array.isArray(told) ? told : [told]) this.#apply(message);
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.#retry();
    };
  }

  #apply(message: FactMessage): void {
    const before = this.now;
    this.now = reduce(before, message);
    if (this.now !== before) for (const listener of this.#listeners) listener(message);
  }

  #heard(): void {
    this.#heardAt = performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#doubt(), QUIET_MS);
  }

  /** A line may be dead without having been closed: when nothing came for long, ask. */
  async #doubt(): Promise<void> {
    const heardAt = this.#heardAt;
    try {
      await get("/session");
      if (heardAt === this.#heardAt) this.#heard();
    } catch {
      this.#socket?.close();
    }
  }

  #retry(): void {
    this.#socket = null;
    clearTimeout(this.#timer);
    if (!this.#wanted) return;
    if (this.link !== "lost") {
      this.link = "lost";
      this.lostAt = Date.now();
    }
    this.#timer = setTimeout(() => void this.#connect(), this.#retryMs * (0.75 + Math.random() / 2));
    this.#retryMs = Math.min(this.#retryMs * 1.7, LAST_RETRY_MS);
  }
}

export const centre = new CentreStore();
