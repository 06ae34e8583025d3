/** One camera's recording in one player: fetched in pieces around the play head, on a time line of wall time.
 *
 * Each piece is placed by its own wall instant, so that the player's seconds are the same instant for every camera.
 */

import { ApiError } from "../state/api.ts";
import { fetchMedia, TICKS_PER_S, worthAnotherTryInS } from "../state/media.ts";
import { canPlay } from "../wall/feeder.ts";
import { Admissions, type Reason, type Span } from "./admission.ts";
import { ClipReader } from "./chunks.ts";
import { KeptKeys, type KeyFrame } from "./keyframes.ts";

const AHEAD_S = 8;
const PIECE_S = 12;
const FIRST_PIECE_S = 6;
const KEEP_S = 25;
/** How far before an instant its key frame may lie. */
const KEY_WITHIN_MS = 12_000;
/** Nothing was recorded there, or not yet: asked again after this long. */
const ASK_AGAIN_MS = 2_500;
const NEXT_S = 0.02;
/** A player seeks no further than its duration, and what is sought may not be loaded yet. */
const FAR_S = 1e8;

interface Hole {
  from: number;
  to: number;
  until: number;
}

type Work = { kind: "bytes"; bytes: Uint8Array<ArrayBuffer> } | { kind: "place"; offsetS: number; codec: string } | { kind: "drop" };

export class PlaybackFeed {
  /** Why nothing can be shown: a codec this browser does not know, or what was refused. */
  failure: unknown = null;
  unplayable = "";
  /** Presentation times of the pictures that are loaded, in wall milliseconds, sorted. */
  pictures: number[] = [];
  /** How often the place was recorded, more than once where the clock was set back, and which time is shown, from 1. */
  passes = 1;
  pass = 1;
  readonly baseMs: number;
  /** Called with each key frame as it comes. */
  onkey: (key: KeyFrame) => void = () => undefined;
  /** Called when a fetch has come so far: a bench measures it. */
  onphase: (phase: "ticket" | "head") => void = () => undefined;

  readonly #admissions: Admissions;
  readonly #keyFrames = new KeptKeys();
  readonly #video: HTMLVideoElement;
  readonly #media = new MediaSource();
  readonly #url: string;
  #buffer: SourceBuffer | null = null;
  #codec = "";
  #work: Work[] = [];
  #fetching: { abort: AbortController; from: number; keys: boolean } | null = null;
  #holes: Hole[] = [];
  #keys = false;
  #holding = false;
  #closed = false;

  constructor(cameraId: string, video: HTMLVideoElement, baseMs: number, reason: Reason) {
    this.#admissions = new Admissions(cameraId, reason);
    this.#video = video;
    this.baseMs = baseMs;
    this.#url = URL.createObjectURL(this.#media);
    this.#media.addEventListener("sourceopen", () => this.#next());
    video.src = this.#url;
  }

  close(): void {
    this.#closed = true;
    this.#fetching?.abort.abort();
    this.#work = [];
    this.#video.removeAttribute("src");
    this.#video.load();
    URL.revokeObjectURL(this.#url);
  }

  /** Whether the picture of that instant is loaded. */
  has(ms: number): boolean {
    return this.#endOf(ms) !== null;
  }

  /** The loaded key frame from which the picture of that instant is decoded. */
  keyBefore(ms: number): KeyFrame | null {
    return this.#keyFrames.before(ms, KEY_WITHIN_MS);
  }

  /** Leave to see `span` is asked for before anybody looks; `ms` is where they look now. */
  prepare(span: Span, ms: number): void {
    if (!this.#closed && !this.unplayable) this.#admissions.renew(span, ms);
  }

  /** Shows another time that the place was recorded. */
  choosePass(pass: number): void {
    this.pass = pass;
    this.#keyFrames.clear();
    this.#clear(this.#keys);
  }

  /** Lets the player have nothing more, so that the key frame is decoded alone; `release` lets it. */
  hold(): void {
    this.#holding = true;
  }

  release(): void {
    this.#holding = false;
    this.#next();
  }

  /** How far footage is loaded from `ms` on without a hole; null when it is not. */
  loadedUntil(ms: number): number | null {
    const end = this.#endOf(ms);
    return end === null ? null : this.baseMs + end * 1000;
  }

  /** Sees to it that `ms` and what follows is loaded; `keys` asks for key frames alone. */
  want(ms: number, speed: number, keys: boolean): void {
    if (this.#closed || this.unplayable) return;
    if (keys !== this.#keys) this.#clear(keys);
    const end = this.#endOf(ms);
    const wall = end === null ? ms : this.baseMs + (end + NEXT_S) * 1000;
    if (end !== null && end - (ms - this.baseMs) / 1000 > AHEAD_S * Math.max(1, speed)) return;
    if (this.#holes.some((hole) => hole.from <= wall && wall < hole.to && hole.until > performance.now())) return;
    const busy = this.#fetching;
    if (busy) {
      // What is coming may still reach there; a jump elsewhere must not wait for it.
      if (end !== null || (ms >= busy.from && ms - busy.from < FIRST_PIECE_S * 1000)) return;
      busy.abort.abort();
    }
    void this.#fetch(wall, end === null ? FIRST_PIECE_S * Math.max(1, speed) : PIECE_S * Math.max(1, speed), keys);
  }

  /** Drops what lies far from the play head, so that it runs for days. */
  forget(ms: number): void {
    const ranges = this.#buffer?.buffered;
    if (!ranges?.length || this.#work.length > 0) return;
    const at = (ms - this.baseMs) / 1000;
    if (ranges.start(0) < at - 2 * KEEP_S || ranges.end(ranges.length - 1) > at + 12 * KEEP_S) {
      this.#dropAround = ms;
      this.#add({ kind: "drop" });
    }
  }
  #dropAround = 0;

  #endOf(ms: number): number | null {
    const at = (ms - this.baseMs) / 1000;
    const ranges = this.#buffer?.buffered;
    for (let index = 0; ranges && index < ranges.length; index += 1) {
      if (ranges.start(index) <= at + 0.001 && at < ranges.end(index)) return ranges.end(index);
    }
    return null;
  }

  #clear(keys: boolean): void {
    this.#keys = keys;
    this.#fetching?.abort.abort();
    this.#fetching = null;
    this.#work = [];
    this.#holes = [];
    this.pictures = [];
    if (this.#buffer) {
      this.#dropAround = Number.NaN;
      this.#add({ kind: "drop" });
    }
  }

  async #fetch(from: number, lengthS: number, keys: boolean): Promise<void> {
    const abort = new AbortController();
    this.#fetching = { abort, from, keys };
    try {
      const admitted = await this.#admissions.to(from);
      abort.signal.throwIfAborted();
      this.onphase("ticket");
      const headers: Record<string, string> = {
        Authorization: `Bearer ${admitted.ticket}`,
        "X-Sereno-From": new Date(from).toISOString(),
        "X-Sereno-Length": String(lengthS),
        ...(keys && { "X-Sereno-Keys": "1" }),
        ...(this.pass > 1 && { "X-Sereno-Pass": String(this.pass) }),
      };
      const response = await fetchMedia(admitted.url, headers, abort.signal);
      this.onphase("head");
      await this.#take(response, from, lengthS, abort.signal);
      this.failure = null;
    } catch (refused) {
      if (abort.signal.aborted) return;
      const missing = refused instanceof ApiError && (refused.code === "clip_not_found" || refused.code === "clip_piece");
      if (missing && this.pass > 1) {
        this.choosePass(1);
        return;
      }
      if (!missing) {
        this.failure = refused;
        this.#admissions.refused();
      }
      const again = worthAnotherTryInS(refused);
      this.#hole(from, from + (missing ? lengthS * 1000 : 1000), again === null ? ASK_AGAIN_MS : again * 1000);
    } finally {
      if (this.#fetching?.abort === abort) this.#fetching = null;
    }
  }

  async #take(response: Response, from: number, lengthS: number, signal: AbortSignal): Promise<void> {
    const codec = response.headers.get("X-Sereno-Codec") ?? "";
    if (!canPlay(codec)) {
      this.unplayable = codec;
      return;
    }
    this.passes = Number(response.headers.get("X-Sereno-Passes") ?? 1);
    const wallMs = Date.parse(response.headers.get("X-Sereno-Wall") ?? "");
    const mediaS = Number(response.headers.get("X-Sereno-Media")) / TICKS_PER_S;
    const offsetS = (wallMs - this.baseMs) / 1000 - mediaS;
    if (wallMs > from + 50) this.#hole(from, wallMs);
    this.#add({ kind: "place", offsetS, codec });
    const clip = new ClipReader();
    const reader = response.body?.getReader();
    let last = wallMs;
    while (reader) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) break;
      const seen = clip.push(value).map((seconds) => Math.round(this.baseMs + (seconds + offsetS) * 1000));
      last = seen.at(-1) ?? last;
      this.#remember(seen);
      this.#meet(clip, codec, offsetS);
      this.#add({ kind: "bytes", bytes: value });
    }
    signal.throwIfAborted();
    const whole = (response.headers.get("X-Sereno-End") ?? "complete") === "complete";
    if (whole && last < from + lengthS * 1000 - 1500) this.#hole(last + 1500, from + lengthS * 1000);
  }

  #meet(clip: ClipReader, codec: string, offsetS: number): void {
    for (const { at, data } of clip.keys.splice(0)) {
      if (!clip.record) continue;
      const key = { ms: Math.round(this.baseMs + (at + offsetS) * 1000), codec, record: clip.record, data };
      this.#keyFrames.add(key);
      this.onkey(key);
    }
  }

  #hole(from: number, to: number, askAgainMs = ASK_AGAIN_MS): void {
    this.#holes = this.#holes.filter((hole) => hole.until > performance.now()).slice(-20);
    this.#holes.push({ from, to, until: performance.now() + askAgainMs });
  }

  #remember(seen: readonly number[]): void {
    const first = seen[0];
    if (first === undefined) return;
    const known = this.pictures;
    if (known.length === 0 || first > (known.at(-1) ?? 0)) known.push(...[...seen].sort((a, b) => a - b));
    else this.pictures = [...new Set([...known, ...seen])].sort((a, b) => a - b);
  }

  #add(work: Work): void {
    this.#work.push(work);
    this.#next();
  }

  #next(): void {
    if (this.#closed || this.#holding || this.#media.readyState !== "open" || this.#buffer?.updating) return;
    const work = this.#work.shift();
    if (!work) return;
    try {
      this.#do(work);
    } catch (failure) {
      if (failure instanceof DOMException && failure.name === "QuotaExceededError") {
        this.#work.unshift({ kind: "drop" }, work);
        this.#dropAround = this.baseMs + this.#video.currentTime * 1000;
        queueMicrotask(() => this.#next());
        return;
      }
      this.failure = failure;
      return;
    }
    if (!this.#buffer?.updating) this.#next();
  }

  #do(work: Work): void {
    if (work.kind === "place") {
      const mime = `video/mp4; codecs="${work.codec}"`;
      if (!this.#buffer) {
        this.#media.duration = FAR_S;
        this.#buffer = this.#media.addSourceBuffer(mime);
        this.#buffer.addEventListener("updateend", () => this.#next());
      } else {
        this.#buffer.abort();
        if (work.codec !== this.#codec) this.#buffer.changeType(mime);
      }
      this.#codec = work.codec;
      this.#buffer.timestampOffset = work.offsetS;
    } else if (work.kind === "bytes") {
      this.#buffer?.appendBuffer(work.bytes);
    } else {
      this.#drop();
    }
  }

  #drop(): void {
    const buffer = this.#buffer;
    const ranges = buffer?.buffered;
    if (!buffer || !ranges?.length) return;
    const at = (this.#dropAround - this.baseMs) / 1000;
    const [start, end] = [ranges.start(0), ranges.end(ranges.length - 1)];
    if (Number.isNaN(at)) buffer.remove(0, Number.POSITIVE_INFINITY);
    else if (start < at - KEEP_S) buffer.remove(0, at - KEEP_S);
    else if (end > at + 4 * KEEP_S) buffer.remove(at + 4 * KEEP_S, Number.POSITIVE_INFINITY);
    const left = Number.isNaN(at) ? [] : this.pictures.filter((ms) => Math.abs(ms - this.#dropAround) < 4 * KEEP_S * 1000);
    this.pictures = left;
  }
}
