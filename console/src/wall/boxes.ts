/** What a decoder needs out of our own fragmented MP4: the codec record of an init segment, the sample of a chunk. Pure. */

/** Our chunks hold one sample behind one `moof` and the head of one `mdat`. */
export interface Sample {
  data: Uint8Array;
  key: boolean;
  /** Presentation time, ticks of 1/90,000 s. */
  shown: number;
}

/** The content of `avcC` or `hvcC`; null when the bytes hold neither. */
export function codecRecord(init: ArrayBuffer): Uint8Array | null {
  const bytes = new Uint8Array(init);
  const view = new DataView(init);
  for (let at = 4; at + 4 <= bytes.length; at += 1) {
    const name = String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0, bytes[at + 3] ?? 0);
    if (name === "avcC" || name === "hvcC") return bytes.subarray(at + 4, at - 4 + view.getUint32(at - 4));
  }
  return null;
}

/** Source: ISO/IEC 14496-12, 8.8. */
export function sampleOf(chunk: ArrayBuffer): Sample | null {
  const view = new DataView(chunk);
  const moof = boxIn(view, 0, view.byteLength, "moof");
  const traf = moof && boxIn(view, moof.content, moof.end, "traf");
  const tfdt = traf && boxIn(view, traf.content, traf.end, "tfdt");
  const trun = traf && boxIn(view, traf.content, traf.end, "trun");
  const mdat = moof && boxIn(view, moof.end, view.byteLength, "mdat");
  if (!tfdt || !trun || !mdat) return null;
  const decoded = Number(view.getBigUint64(tfdt.content + 4));
  // version and flags, count, data offset; then duration, size, flags, composition offset of the one sample
  const flags = view.getUint32(trun.content + 20);
  const shift = view.getInt32(trun.content + 24);
  const key = (flags & 0x00010000) === 0;
  return { data: new Uint8Array(chunk, mdat.content, mdat.end - mdat.content), key, shown: decoded + shift };
}

function boxIn(view: DataView, from: number, to: number, kind: string): { content: number; end: number } | null {
  for (let at = from; at + 8 <= to; ) {
    const size = view.getUint32(at);
    const name = String.fromCharCode(...[4, 5, 6, 7].map((step) => view.getUint8(at + step)));
    if (size < 8 || at + size > to) return null;
    if (name === kind) return { content: at + 8, end: at + size };
    at += size;
  }
  return null;
}
