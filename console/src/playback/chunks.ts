/** Reads, out of a clip as it arrives, when each of its pictures is: our chunks have one picture each. Pure. */

import { TICKS_PER_S } from "../state/media.ts";

const HEAD = 8;
const MOOF = 104;
const TRACK_AT = 44;
const TIME_AT = 60;
const SHIFT_AT = 100;
const PICTURES = 1;

export class PictureTimes {
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
      if (isMoof(view, at)) {
        if (at + MOOF > data.length) break;
        if (size === MOOF && view.getUint32(at + TRACK_AT) === PICTURES) {
          found.push((Number(view.getBigUint64(at + TIME_AT)) + view.getInt32(at + SHIFT_AT)) / TICKS_PER_S);
        }
      }
      at += size;
    }
    this.#skip = Math.max(0, at - data.length);
    this.#held = at < data.length ? data.slice(at) : new Uint8Array(0);
    return found;
  }
}

function isMoof(view: DataView, at: number): boolean {
  return view.getUint32(at + 4) === 0x6d6f6f66;
}
