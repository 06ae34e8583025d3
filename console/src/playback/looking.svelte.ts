/** What a person looks at: which cameras, when, how near, and what is known of that time. */

import type { Key } from "../i18n/es.ts";
import { t } from "../i18n/index.svelte.ts";
import { get } from "../state/api.ts";
import { PlayClock } from "./clock.svelte.ts";
import type { Reason } from "./admission.ts";
import { type Following, type SeekTrace, stepFrom } from "./following.ts";
import { activityStarts, type CameraTimeline, LEAD_MS, neighbour, type Timeline } from "./model.ts";
import { siteZone } from "./words.ts";
import { dayOf } from "./zone.ts";

const WINDOWS_S = [120, 600, 1800, 7200, 21_600] as const;
const FIRST_ZOOM = 2;
const SAID_MS = 4_000;
const STEP_MS = 40;
/** Who has done nothing for this long is asked for no ticket. */
const ATTENDED_MS = 60_000;
/** What is younger may not be on disk yet. */
const EDGE_MS = 3_000;
export const DAY_MS = 86_400_000;

export class Looking {
  readonly clock: PlayClock;
  readonly tiles = new Set<Following>();
  readonly reason: Reason;
  shown = $state.raw<readonly string[]>([]);
  chosen = $state<string | null>(null);
  windowBegan = $state(0);
  day = $state.raw({ began: 0, ended: 0 });
  dayLines = $state.raw<readonly CameraTimeline[]>([]);
  lines = $state.raw<readonly CameraTimeline[]>([]);
  failure = $state.raw<unknown>(null);
  waiting = $state(false);
  marks = $state.raw<{ in: number | null; out: number | null }>({ in: null, out: null });
  said = $state("");
  #zoom = $state(FIRST_ZOOM);
  #actedMs = performance.now();
  active = $derived(this.chosen && this.shown.includes(this.chosen) ? this.chosen : (this.shown[0] ?? null));
  windowMs = $derived((WINDOWS_S[this.#zoom] ?? 1800) * 1000);

  constructor(ms: number, reason: Reason) {
    this.clock = new PlayClock(ms);
    this.reason = reason;
    this.windowBegan = ms - this.windowMs / 2;
    this.day = dayOf(ms, siteZone());
  }

  get keysOnly(): boolean {
    return this.clock.keysOnly(this.shown.length);
  }

  get lastMs(): number {
    return Date.now() - EDGE_MS;
  }

  /** One turn of the page: the clock goes on, every tile follows it. */
  turn(nowMs: number): void {
    this.clock.tick(nowMs, this.waiting, this.lastMs);
    if (this.clock.playing || performance.now() - this.#actedMs < ATTENDED_MS) {
      for (const tile of this.tiles) tile.prepare(this.day, this.clock.ms);
    }
    const wait = this.#follow();
    if (wait !== this.waiting) this.waiting = wait;
    if (!this.clock.playing) return;
    if (this.clock.ms >= this.windowBegan + this.windowMs) this.windowBegan = this.clock.ms - this.windowMs * 0.1;
    if (this.clock.ms >= this.day.ended) this.day = dayOf(this.clock.ms, siteZone());
  }

  /** Somebody is here: what they may want next is made ready. */
  act(): void {
    this.#actedMs = performance.now();
  }

  /** Told when every tile shows the place. */
  seek(ms: number): Promise<SeekTrace[]> {
    this.act();
    this.clock.ms = Math.min(ms, this.lastMs);
    const now = this.clock.ms;
    if (now < this.day.began || now >= this.day.ended) this.day = dayOf(now, siteZone());
    if (now < this.windowBegan || now >= this.windowBegan + this.windowMs) this.windowBegan = now - this.windowMs / 2;
    const arrived = [...this.tiles].map((tile) => tile.jump(now));
    this.#follow();
    return Promise.all(arrived);
  }

  step(way: 1 | -1): void {
    this.clock.playing = false;
    const tile = [...this.tiles].find((one) => one.camera() === this.active);
    void this.seek(stepFrom(tile?.pictures() ?? [], this.clock.ms, way) ?? this.clock.ms + way * STEP_MS);
  }

  /** To the next or the last beginning of what moved, or of an alert, of the chosen camera; near ones are exact. */
  jump(way: 1 | -1, what: "activity" | "alert"): void {
    const [began, ended] = [this.windowBegan, this.windowBegan + this.windowMs];
    const near = this.#starts(this.lines, what, began, ended);
    const far = this.#starts(this.dayLines, what, this.day.began, this.day.ended);
    const instants = [...near, ...far.filter((ms) => ms < began || ms >= ended)];
    const next = neighbour(instants, this.clock.ms, way);
    if (next === null) this.say(what === "alert" ? "playback.noAlert" : "playback.noActivity");
    else void this.seek(next - LEAD_MS);
  }

  zoomBy(way: 1 | -1): void {
    this.#zoom = Math.max(0, Math.min(WINDOWS_S.length - 1, this.#zoom + way));
    this.windowBegan = this.clock.ms - this.windowMs / 2;
  }

  choose(way: 1 | -1): void {
    const next = this.shown.indexOf(this.active ?? "") + way;
    this.chosen = this.shown[(next + this.shown.length) % this.shown.length] ?? null;
  }

  say(words: Key): void {
    const text = t(words);
    this.said = text;
    setTimeout(() => {
      if (this.said === text) this.said = "";
    }, SAID_MS);
  }

  async loadDay(): Promise<void> {
    const wanted = this.day;
    const found = await this.#load(wanted.began, wanted.ended, 720);
    if (found && wanted === this.day) this.dayLines = found;
  }

  async loadWindow(): Promise<void> {
    const wanted = this.windowBegan;
    const found = await this.#load(wanted, wanted + this.windowMs, 480);
    if (found && wanted === this.windowBegan) this.lines = found;
  }

  async #load(began: number, ended: number, parts: number): Promise<readonly CameraTimeline[] | null> {
    if (this.shown.length === 0) return null;
    const span = `began=${new Date(began).toISOString()}&ended=${new Date(ended).toISOString()}`;
    try {
      const found = await get<Timeline>(`/timeline?cameras=${this.shown.join(",")}&${span}&parts=${parts}`, this.reason);
      this.failure = null;
      return found.cameras;
    } catch (refused) {
      this.failure = refused;
      return null;
    }
  }

  #follow(): boolean {
    let wait = false;
    const { ms, playing, speed } = this.clock;
    for (const tile of this.tiles) if (tile.follow(ms, playing, speed, this.keysOnly)) wait = true;
    return wait;
  }

  #starts(lines: readonly CameraTimeline[], what: "activity" | "alert", began: number, ended: number): number[] {
    const line = lines.find((one) => one.camera_id === this.active);
    if (!line) return [];
    return what === "alert" ? line.alerts.map((alert) => Date.parse(alert.at)) : activityStarts(line, began, ended);
  }
}
