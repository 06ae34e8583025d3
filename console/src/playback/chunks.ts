/** Reads, out of a clip as it arrives, when each of its pictures is, and its key frames whole. Our chunks have one picture. Pure. */

import { TICKS_PER_S } from "../state/media.ts";
import { codecRecord } from "../wall/boxes.ts";

const HEAD = 8;
const MOOF = 104;
const TRACK_AT = 44;
const TIME_AT = 60;
const SIZE_AT = 92;
const FLAGS_AT = 96;
const SHIFT_AT = 100;
const PICTURES = 1;
const DEPENDS = 0x0001_0000;
/** A key frame that is larger is not kept. */
const MAX_KEY_BYTES = 4 << 20;

export interface KeySample {
  /** Seconds of media time at which it is shown. */
  at: number;
  data: Uint8Array<ArrayBuffer>;
}

export class ClipReader {
  /** The content of `avcC` or `hvcC`, once the clip's head has come. */
  record: Uint8Array | null = null;
  /** Key frames that have come whole, until somebody takes them. */
  keys: KeySample[] = [];
  #held = new Uint8Array(0);
  #skip = 0;

  /** Presentation times, in seconds of media time, of the pictures whose heads `bytes` completes. */
  push(bytes: Uint8Array): number[] {
    const found: number[] = [];
    let data = bytes;
    if (this.#held.length > 0) {
      data = new Uint8Array(this.#held.length + bytes.length);
      data.set(this.#held);
      data.set(bytes, this.#held.length);
    }
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    let at = this.#skip;
    while (at + HEAD <= data.length) {
      const size = view.getUint32(at);
      if (size < HEAD) break;
      const kind = view.getUint32(at + 4);
      if (kind === MOOV && !this.record) {
        if (at + size > data.length) break;
        this.record = codecRecord(data.slice(at, at + size).buffer);
      } else if (kind === MOOF_KIND) {
        if (at + MOOF > data.length) break;
        if (size === MOOF && view.getUint32(at + TRACK_AT) === PICTURES) {
          const end = at + MOOF + HEAD + view.getUint32(at + SIZE_AT);
          const whole = (view.getUint32(at + FLAGS_AT) & DEPENDS) === 0 && end - at <= MAX_KEY_BYTES;
          if (whole && end > data.length) break;
          const shown = (Number(view.getBigUint64(at + TIME_AT)) + view.getInt32(at + SHIFT_AT)) / TICKS_PER_S;
          found.push(shown);
          if (whole) this.keys.push({ at: shown, data: data.slice(at + MOOF + HEAD, end) });
        }
      }
      at += size;
    }
    this.#skip = Math.max(0, at - data.length);
    this.#held = at < data.length ? data.slice(at) : new Uint8Array(0);
    return found;
  }
}

const MOOV = 0x6d6f6f76;
const MOOF_KIND = 0x6d6f6f66;
