import { describe, expect, it } from "vitest";

import { ClipReader } from "../src/playback/chunks.ts";
import { pictureAt, stepFrom } from "../src/playback/following.ts";
import { activityStarts, type CameraTimeline, gapAt, neighbour } from "../src/playback/model.ts";
import { dayOf, firstInstantFrom, instantsOf, localOf, offsetText, ticksOf, turnOf } from "../src/playback/zone.ts";

const MADRID = "Europe/Madrid";
const NEW_YORK = "America/New_York";
const HOUR_MS = 3_600_000;
const at = (text: string): number => Date.parse(text);
const local = (hour: number, minute: number, day: number, month: number, year = 2026) => ({
  year,
  month,
  day,
  hour,
  minute,
  second: 0,
});

describe("the night when the clocks go back", () => {
  it("has two instants for the repeated hour, told apart by turn and offset", () => {
    const [first = 0, second = 0, ...more] = instantsOf(local(2, 30, 25, 10), MADRID);
    expect([first, second, more.length]).toEqual([at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z"), 0]);
    expect([turnOf(first, MADRID), turnOf(second, MADRID), turnOf(first - HOUR_MS, MADRID)]).toEqual([1, 2, null]);
    expect([offsetText(first, MADRID), offsetText(second, MADRID)]).toEqual(["GMT+2", "GMT+1"]);
  });

  it("is a day of 25 hours, in which every mark is an instant of its own", () => {
    const { began, ended } = dayOf(at("2026-10-25T12:00:00Z"), MADRID);
    expect((ended - began) / HOUR_MS).toBe(25);
    const hours = ticksOf(began, ended, 30, MADRID).map(({ ms }) => localOf(ms, MADRID).hour);
    expect(hours.slice(0, 6)).toEqual([0, 1, 2, 2, 3, 4]);
    expect(hours).toHaveLength(25);
  });

  it("is told also in New York", () => {
    expect(instantsOf(local(1, 30, 1, 11), NEW_YORK)).toEqual([at("2026-11-01T05:30:00Z"), at("2026-11-01T06:30:00Z")]);
  });
});

describe("the night when the clocks go forward", () => {
  it("has no instant in the skipped hour, and goes to the one after", () => {
    expect(instantsOf(local(2, 30, 29, 3), MADRID)).toEqual([]);
    expect(firstInstantFrom(local(2, 30, 29, 3), MADRID)).toBe(at("2026-03-29T01:00:00Z"));
    const { began, ended } = dayOf(at("2026-03-29T12:00:00Z"), MADRID);
    expect((ended - began) / HOUR_MS).toBe(23);
  });
});

describe("a zone without summer time", () => {
  it("has days of 24 hours and offsets of minutes too", () => {
    const { began, ended } = dayOf(at("2026-06-01T12:00:00Z"), "America/Argentina/Buenos_Aires");
    expect([began, (ended - began) / HOUR_MS]).toEqual([at("2026-06-01T03:00:00Z"), 24]);
    expect(offsetText(began, "Asia/Kolkata")).toBe("GMT+5:30");
  });
});

const LINE: CameraTimeline = {
  camera_id: "a",
  recorded: [],
  gaps: [{ began: "2026-01-01T00:10:00Z", ended: "2026-01-01T00:20:00Z", reason: "disk_full", message: "" }],
  activity: [0, 80, 90, 10, -1, 60],
  tracked: [{ began: "2026-01-01T00:35:00Z", ended: "2026-01-01T00:36:00Z", count: 1, kinds: ["person"] }],
  alerts: [],
  bookmarks: [],
  holds: [],
};

describe("a time line", () => {
  it("says why nothing is there", () => {
    expect(gapAt(LINE, at("2026-01-01T00:10:00Z"))?.reason).toBe("disk_full");
    expect(gapAt(LINE, at("2026-01-01T00:20:00Z"))).toBeNull();
  });

  it("jumps from one activity to the next, both ways", () => {
    const began = at("2026-01-01T00:00:00Z");
    const starts = activityStarts(LINE, began, began + HOUR_MS);
    expect(starts.map((ms) => (ms - began) / 60_000)).toEqual([10, 35, 50]);
    expect(neighbour(starts, began, 1)).toBe(starts[0]);
    expect(neighbour(starts, (starts[0] ?? 0) - 1_000, 1)).toBe(starts[1]);
    expect(neighbour(starts, (starts[1] ?? 0) - 1_000, -1)).toBe(starts[0]);
    expect(neighbour(starts, began, -1)).toBeNull();
  });

  it("steps from picture to picture", () => {
    const pictures = [1_000, 1_066, 1_133];
    expect(stepFrom(pictures, 1_070, 1)).toBe(1_135);
    expect(stepFrom(pictures, 1_070, -1)).toBe(1_002);
    expect(stepFrom(pictures, 1_140, 1)).toBeNull();
    expect(stepFrom(pictures, 10, 1)).toBeNull();
    expect([pictureAt(pictures, 1_065), pictureAt(pictures, 1_066), pictureAt(pictures, 9_000)]).toEqual([1_066, 1_066, null]);
  });
});

function chunk(time: number, shift: number, size: number, flags = 0x0200_0000): Uint8Array {
  const bytes = new Uint8Array(104 + 8 + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 104);
  bytes.set([..."moof"].map((letter) => letter.charCodeAt(0)), 4);
  view.setUint32(44, 1);
  view.setBigUint64(60, BigInt(time));
  view.setUint32(92, size);
  view.setUint32(96, flags);
  view.setInt32(100, shift);
  view.setUint32(104, 8 + size);
  bytes.set([..."mdat"].map((letter) => letter.charCodeAt(0)), 108);
  return bytes;
}

describe("a clip as it arrives", () => {
  it("tells the times of its pictures, however it is cut", () => {
    const between = chunk(96_000, 3_000, 500, 0x0101_0000);
    const whole = new Uint8Array([...chunk(90_000, 0, 33), ...between, ...chunk(102_000, 0, 1)]);
    for (const cut of [1, 7, 100, 111, 400, whole.length]) {
      const times = new ClipReader();
      const found: number[] = [];
      for (let from = 0; from < whole.length; from += cut) found.push(...times.push(whole.subarray(from, from + cut)));
      expect(found.map((seconds) => Math.round(seconds * 90_000))).toEqual([90_000, 99_000, 102_000]);
      expect(times.keys.map((key) => [Math.round(key.at * 90_000), key.data.length])).toEqual([
        [90_000, 33],
        [102_000, 1],
      ]);
    }
  });
});
