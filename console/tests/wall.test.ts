import { describe, expect, it } from "vitest";

import { blankBeside, bodyOf, chosenOf, type Profile, withLogin } from "../src/cameras/form.ts";
import { codecRecord, sampleOf } from "../src/wall/boxes.ts";
import { streamFor } from "../src/wall/choice.ts";
import { LAYOUTS, layoutOf, nextLayout } from "../src/wall/layouts.ts";
import { dragged, keyed } from "../src/wall/steering.ts";
import { begun, paused, REST_MS, stepped, touched } from "../src/wall/tour.ts";
import { panned, transformOf, WHOLE, zoomed } from "../src/wall/zoom.ts";

describe("layouts", () => {
  it("fill their grid without a hole or an overlap", () => {
    expect(LAYOUTS.map((layout) => layout.pictures)).toEqual([1, 2, 4, 6, 8, 9, 12, 16, 25, 36]);
    for (const layout of LAYOUTS) {
      const covered = layout.cells.flatMap((cell) =>
        Array.from({ length: cell.span ** 2 }, (_, at) => {
          const [row, column] = [cell.row + Math.floor(at / cell.span), cell.column + (at % cell.span)];
          return `${row}/${column}`;
        }),
      );
      expect(covered.length).toBe(layout.columns * layout.rows);
      expect(new Set(covered).size).toBe(covered.length);
    }
  });

  it("give the first camera the large place", () => {
    expect(layoutOf(6).cells[0]).toEqual({ column: 1, row: 1, span: 2 });
    expect(layoutOf(8).cells[0]?.span).toBe(3);
    expect(layoutOf(7).pictures).toBe(4);
  });

  it("follow each other around the end", () => {
    expect(nextLayout(36, 1)).toBe(1);
    expect(nextLayout(1, -1)).toBe(36);
  });
});

describe("a tour", () => {
  const dwell = [5, 10];

  it("stays on each page as long as it says and begins again", () => {
    let tour = begun(0, dwell, 0);
    expect(stepped(tour, dwell, 4_999)).toBe(tour);
    tour = stepped(tour, dwell, 5_000);
    expect(tour.page).toBe(1);
    expect(stepped(tour, dwell, 14_999).page).toBe(1);
    expect(stepped(tour, dwell, 15_000).page).toBe(0);
  });

  it("waits when somebody touches the wall, and for good when paused", () => {
    const tour = touched(begun(0, dwell, 0), 4_000);
    expect(stepped(tour, dwell, 5_000).page).toBe(0);
    expect(stepped(tour, dwell, 4_000 + REST_MS).page).toBe(1);
    expect(stepped(paused(tour), dwell, 1e9).page).toBe(0);
    expect(begun(0, [5], 0).running).toBe(false);
  });
});

describe("digital zoom", () => {
  it("holds the point under the pointer", () => {
    const zoom = zoomed(WHOLE, 2, { x: 0.25, y: 0.75 });
    expect(zoom).toEqual({ scale: 2, x: 0.375, y: 0.625 });
    expect(transformOf(zoom)).toBe("scale(2.0000) translate(12.500%, -12.500%)");
  });

  it("never leaves the picture", () => {
    expect(panned(zoomed(WHOLE, 2), -5, 5)).toEqual({ scale: 2, x: 0.25, y: 0.75 });
    expect(zoomed(zoomed(WHOLE, 2, { x: 0, y: 0 }), 0.1)).toEqual(WHOLE);
    expect(transformOf(WHOLE)).toBe("none");
  });
});

describe("the stream of a tile", () => {
  const plays = (codec: string): boolean => codec.startsWith("avc1");

  it("is the sub stream when the tile is small or the main one does not play", () => {
    expect(streamFor(400, "avc1.64001f", plays, "main")).toBe("sub");
    expect(streamFor(1_600, "avc1.64001f", plays, "sub")).toBe("main");
    expect(streamFor(1_600, "hvc1.1.6.L93.B0", plays, "main")).toBe("sub");
  });

  it("does not flicker around the edge", () => {
    expect(streamFor(900, "", plays, "main")).toBe("main");
    expect(streamFor(900, "", plays, "sub")).toBe("sub");
  });
});

describe("steering", () => {
  it("turns a drag into a speed, up being positive", () => {
    expect(dragged(0, 0, 1.78)).toEqual({ pan: 0, tilt: -0, zoom: 0 });
    expect(dragged(0.5, -0.5, 1.78)).toEqual({ pan: 1, tilt: 1, zoom: 0 });
  });

  it("adds keys up and knows when they cancel out", () => {
    expect(keyed(new Set(["ArrowLeft", "ArrowUp"]), false)).toEqual({ pan: -0.5, tilt: 0.5, zoom: 0 });
    expect(keyed(new Set(["ArrowLeft"]), true)?.pan).toBe(-1);
    expect(keyed(new Set(["ArrowLeft", "ArrowRight"]), false)).toBeNull();
  });
});

describe("our fragmented MP4", () => {
  function box(kind: string, ...parts: Uint8Array[]): Uint8Array {
    const size = parts.reduce((sum, part) => sum + part.length, 8);
    const whole = new Uint8Array(size);
    new DataView(whole.buffer).setUint32(0, size);
    whole.set(new TextEncoder().encode(kind), 4);
    parts.reduce((at, part) => (whole.set(part, at), at + part.length), 8);
    return whole;
  }
  const words = (...values: number[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(values.length * 4));
    values.forEach((value, at) => view.setInt32(at * 4, value));
    return new Uint8Array(view.buffer);
  };

  it("gives the sample of a chunk with its time", () => {
    const trun = box("trun", words(0x01000f01, 1, 112, 3600, 5, 0x02000000, 1800));
    const traf = box("traf", box("tfhd", words(0x020000, 1)), box("tfdt", words(0x01000000, 0, 90_000)), trun);
    const moof = box("moof", box("mfhd", words(0, 7)), traf);
    const chunk = new Uint8Array([...moof, ...box("mdat", new Uint8Array([1, 2, 3, 4, 5]))]);
    const sample = sampleOf(chunk.buffer);
    expect(sample?.key).toBe(true);
    expect(sample?.shown).toBe(91_800);
    expect([...(sample?.data ?? [])]).toEqual([1, 2, 3, 4, 5]);
    expect(sampleOf(new ArrayBuffer(3))).toBeNull();
  });

  it("finds the decoder's record in an init segment", () => {
    const init = box("moov", box("avcC", new Uint8Array([1, 0x64, 0, 0x1f])));
    expect([...(codecRecord(init.buffer as ArrayBuffer) ?? [])]).toEqual([1, 0x64, 0, 0x1f]);
    expect(codecRecord(new ArrayBuffer(40))).toBeNull();
  });
});

describe("the form of a camera", () => {
  it("leaves addresses that were not typed, and takes limits away", () => {
    const draft = blankBeside(undefined);
    expect(bodyOf(draft, null)["main_url"]).toBe("");
    const edit = bodyOf({ ...draft, sub_url: "rtsp://10.0.0.2/2" }, draft);
    expect("main_url" in edit).toBe(false);
    expect(edit["sub_url"]).toBe("rtsp://10.0.0.2/2");
    expect(edit["keep_days"]).toBe(0);
  });

  it("puts a login into an address in the place of another", () => {
    expect(withLogin("rtsp://10.0.0.2/1", "ana", "a@b/c")).toBe("rtsp://ana:a%40b%2Fc@10.0.0.2/1");
    expect(withLogin("rtsp://x:y@10.0.0.2/1", "ana", "z")).toBe("rtsp://ana:z@10.0.0.2/1");
    expect(withLogin("rtsp://10.0.0.2/1", "", "")).toBe("rtsp://10.0.0.2/1");
  });

  it("chooses the largest stream, and beside it a small one in H.264", () => {
    const profile = (codec: string, width: number): Profile => ({
      ...{ token: `${width}`, name: "", codec, width, height: width / 2, fps: 15 },
      ...{ bitrate_kbps: 0, stream_url: "", ptz: false },
    });
    const { main, sub } = chosenOf([profile("h264", 640), profile("h265", 2560), profile("h264", 1280)]);
    expect([main?.width, sub?.width]).toEqual([2560, 640]);
    expect(chosenOf([])).toEqual({ main: null, sub: null });
  });
});
