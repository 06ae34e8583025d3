/** Steering a camera from its picture: speeds out of gestures and keys (pure), and the calls that carry them. */

import { get, post, remove } from "../state/api.ts";

export interface Vector {
  pan: number;
  tilt: number;
  zoom: number;
}

export interface Preset {
  token: string;
  name: string;
}

export const STILL: Vector = { pan: 0, tilt: 0, zoom: 0 };
/** A movement lasts a second at most: it is repeated while it goes on. */
const REPEAT_MS = 300;
/** A drag of this part of the picture's height is full speed; below the second, it is no drag. */
const FULL = 0.4;
export const DEAD = 0.02;

/** Right and up are positive; a gentle curve, so that small drags steer finely. */
export function dragged(dx: number, dy: number, aspect: number): Vector {
  const eased = (part: number): number => {
    const speed = Math.min(1, Math.max(0, Math.abs(part) - DEAD) / FULL);
    return Math.sign(part) * Math.round(speed ** 1.5 * 100) / 100;
  };
  return { pan: eased(dx * aspect), tilt: eased(-dy), zoom: 0 };
}

const KEYS: Record<string, Vector> = {
  ArrowLeft: { pan: -0.5, tilt: 0, zoom: 0 },
  ArrowRight: { pan: 0.5, tilt: 0, zoom: 0 },
  ArrowUp: { pan: 0, tilt: 0.5, zoom: 0 },
  ArrowDown: { pan: 0, tilt: -0.5, zoom: 0 },
  "+": { pan: 0, tilt: 0, zoom: 0.5 },
  "-": { pan: 0, tilt: 0, zoom: -0.5 },
};

export function steers(key: string): boolean {
  return key in KEYS;
}

/** All keys that are down together; null when they cancel out. */
export function keyed(down: ReadonlySet<string>, fast: boolean): Vector | null {
  const sum = { ...STILL };
  for (const key of down) {
    const one = KEYS[key];
    if (!one) continue;
    sum.pan += one.pan;
    sum.tilt += one.tilt;
    sum.zoom += one.zoom;
  }
  if (sum.pan === 0 && sum.tilt === 0 && sum.zoom === 0) return null;
  const by = fast ? 2 : 1;
  return { pan: sum.pan * by, tilt: sum.tilt * by, zoom: sum.zoom * by };
}

/** One camera's helm: says the wanted speed again and again, and stops once when it is over. */
export class Helm {
  readonly #path: string;
  readonly #tell: (failure: unknown) => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #speed: Vector | null = null;
  #claimed = false;

  constructor(cameraId: string, tell: (failure: unknown) => void) {
    this.#path = `/cameras/${cameraId}/ptz`;
    this.#tell = tell;
  }

  move(speed: Vector | null): void {
    const moved = this.#speed !== null;
    this.#speed = speed;
    if (speed === null) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      if (moved) void this.#send("stop", {});
    } else if (!moved) {
      void this.#send("move", speed);
      this.#timer = setInterval(() => this.#speed && void this.#send("move", this.#speed), REPEAT_MS);
    }
  }

  /** The point clicked (fractions from the middle) comes to the middle: a step of about that part of the view. */
  centre(dx: number, dy: number): void {
    void this.#send("turn", { pan: dx * 0.2, tilt: -dy * 0.2, zoom: 0, relative: true });
  }

  zoom(by: number): void {
    void this.#send("turn", { pan: 0, tilt: 0, zoom: by, relative: true });
  }

  visit(preset: Preset): void {
    void this.#send(`presets/${encodeURIComponent(preset.token)}/visit`, {});
  }

  presets(): Promise<Preset[]> {
    return get<Preset[]>(`${this.#path}/presets`);
  }

  close(): void {
    this.move(null);
    if (this.#claimed) void remove(`${this.#path}/lock`).catch(() => undefined);
  }

  async #send(act: string, body: object): Promise<void> {
    try {
      await post(`${this.#path}/${act}`, body, { purpose: "monitoring" });
      this.#claimed = true;
      this.#tell(null);
    } catch (failure) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#speed = null;
      this.#tell(failure);
    }
  }
}
