import { describe, expect, it } from "vitest";

import { ApiError } from "../src/state/api.ts";
import { worthAnotherTryInS } from "../src/state/media.ts";
import type { StorageReport } from "../src/storage/model.ts";
import { heard, warningsOf, WELL } from "../src/storage/warnings.ts";

const disk = (reason: string) => ({ seq: 1, kind: "DiskChanged", fact: { disk: "b", reason } });
const foretold = (warning: boolean) => ({
  seq: 2,
  kind: "StorageForetold",
  fact: { warning, floor_broken_in_days: warning ? 9 : null },
});

describe("the warnings about disks", () => {
  it("begin with what the report says", () => {
    const report = {
      disks: [{ id: "", fault: "" }, { id: "b", fault: "disk_missing" }],
      forecast: { floor_broken_in_days: 20 },
      floor_in_danger: false,
    } as unknown as StorageReport;

    expect(warningsOf(report)).toEqual({ floorBrokenInDays: null, disks: new Map([["b", "disk_missing"]]) });
    expect(warningsOf({ ...report, floor_in_danger: true }).floorBrokenInDays).toBe(20);
  });

  it("come and go with the facts", () => {
    const lost = heard(WELL, disk("disk_failed"));
    expect(lost.disks).toEqual(new Map([["b", "disk_failed"]]));
    expect(heard(lost, disk(""))).toEqual(WELL);
    const warned = heard(WELL, foretold(true));
    expect(warned.floorBrokenInDays).toBe(9);
    expect(heard(warned, foretold(false))).toEqual(WELL);
  });

  it("stay the same object for any other fact", () => {
    expect(heard(WELL, { seq: 3, kind: "AlertRaised", fact: {} })).toBe(WELL);
  });
});

it("tries again what is only not there yet, and when it was told to", () => {
  const failure = (code: string, kind = "unavailable", seconds: number | null = null) =>
    worthAnotherTryInS(new ApiError({ kind, code, message: "" }, seconds));

  expect(failure("footage_cold", "unavailable", 5)).toBe(5);
  expect(failure("footage_cold", "unavailable", 400)).toBe(10);
  expect(failure("recorder_unreachable")).toBe(3);
  expect(failure("clip_not_found", "not_found")).toBeNull();
  expect(worthAnotherTryInS(new Error("broken"))).toBeNull();
});
