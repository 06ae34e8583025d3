import { expect, test } from "vitest";

import { daysOf, monthFrom, rowsOf, toneOf } from "../src/upkeep/calendar.ts";
import type { Calendar, DayMark, Limit } from "../src/upkeep/model.ts";

const limit: Limit = { value: 1, source: "house rule" };
const mark = (camera_id: string, day: string, more: Partial<DayMark> = {}): DayMark => ({
  camera_id,
  day,
  version: 1,
  final: true,
  verdict: "met",
  availability: 1,
  failed: [],
  ...more,
});
const calendar: Calendar = {
  first: "2026-02-01",
  last: "2026-02-28",
  today: "2026-02-03",
  cameras: ["Avenida", "Banco", "Plaza"].map((name) => ({
    id: name.toLowerCase(),
    name,
    group: "centro",
    purpose_level: "unstated",
  })),
  marks: [
    mark("avenida", "2026-02-02"),
    mark("banco", "2026-02-01", { verdict: "not_met", availability: 0.4, failed: ["availability"] }),
    mark("banco", "2026-02-02"),
    mark("plaza", "2026-02-02", { verdict: "not_met", failed: ["clock", "covered"] }),
  ],
  limits: {
    availability: limit,
    floor_days: limit,
    repair_urgent_hours: limit,
    repair_hours: limit,
    fault_minutes: limit,
    clock_s: limit,
    jurisdiction: "",
  },
};

test("a month has its days, and months follow each other over the year's end", () => {
  expect(daysOf("2028-02").length).toBe(29);
  expect(daysOf("2026-11").at(-1)).toBe("2026-11-30");
  expect(monthFrom("2026-01", -1)).toBe("2025-12");
  expect(monthFrom("2026-12", 1)).toBe("2027-01");
});

test("the camera that fails now stands first, then the one that failed before", () => {
  const rows = rowsOf(calendar, daysOf("2026-02"), "");
  expect(rows.map((row) => row.camera.name)).toEqual(["Plaza", "Banco", "Avenida"]);
  expect(rows[1]?.mean).toBeCloseTo(0.7);
  expect(rowsOf(calendar, daysOf("2026-02"), "AVEN").length).toBe(1);
});

test("a square tells met, met with losses, not met, most of the day missing, not measured, not judged", () => {
  const tones = [
    mark("a", "d"),
    mark("a", "d", { availability: 0.96 }),
    mark("a", "d", { verdict: "not_met", availability: 0.9 }),
    mark("a", "d", { verdict: "not_met", availability: 0.1 }),
    mark("a", "d", { verdict: "not_measured", availability: null }),
    null,
  ].map(toneOf);
  expect(tones).toEqual(["good", "near", "bad", "worse", "unmeasured", "empty"]);
});
