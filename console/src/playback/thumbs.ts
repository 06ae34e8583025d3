/** Thumbnails under the cursor: a strip for the window at once, the exact picture when the cursor rests. */

import { get } from "../state/api.ts";
import type { Reason } from "./admission.ts";

const COUNT = 60;
const STRIPS = 24;

interface Strip {
  began: string;
  ended: string;
  pictures: ({ at: string; jpeg: string } | null)[];
}

export interface Thumb {
  src: string;
  atMs: number;
}

export class Thumbs {
  readonly #strips = new Map<string, Promise<Strip | null>>();
  readonly #reason: Reason;

  constructor(reason: Reason) {
    this.#reason = reason;
  }

  /** The picture of the strip nearest to `ms`; null where there is none. */
  async near(cameraId: string, ms: number, began: number, ended: number): Promise<Thumb | null> {
    const strip = await this.#strip(cameraId, began, ended);
    if (!strip) return null;
    const index = Math.min(COUNT - 1, Math.max(0, Math.floor(((ms - began) / (ended - began)) * COUNT)));
    const picture = strip.pictures[index] ?? null;
    return picture && { src: `data:image/jpeg;base64,${picture.jpeg}`, atMs: Date.parse(picture.at) };
  }

  /** Where the exact picture of an instant is; whole seconds, so that the browser's cache helps. */
  exact(cameraId: string, ms: number): string {
    const at = new Date(Math.floor(ms / 1000) * 1000).toISOString();
    return `/api/cameras/${cameraId}/still?at=${at}&width=320`;
  }

  #strip(cameraId: string, began: number, ended: number): Promise<Strip | null> {
    const span = `began=${new Date(began).toISOString()}&ended=${new Date(ended).toISOString()}`;
    const path = `/cameras/${cameraId}/strip?${span}&count=${COUNT}&width=200`;
    let strip = this.#strips.get(path);
    if (!strip) {
      if (this.#strips.size >= STRIPS) this.#strips.delete(this.#strips.keys().next().value ?? "");
      strip = get<Strip>(path, this.#reason).catch(() => null);
      this.#strips.set(path, strip);
    }
    return strip;
  }
}
