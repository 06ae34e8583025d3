import { describe, expect, it } from "vitest";

import { type CameraAnalysis, shedShares } from "../src/cameras/analysis.ts";

function told(frames_read: number, shed: number): CameraAnalysis[] {
  return [{ camera_id: "plaza", fault: "", message: "", advice: "", frames_read, shed }];
}

describe("the share of frames that nobody looked at", () => {
  it("is that of the time since the last answer", () => {
    expect(shedShares(told(100, 50), told(200, 62)).get("plaza")).toBeCloseTo(0.12);
    expect(shedShares(told(100, 50), told(100, 50)).get("plaza")).toBe(0);
  });

  it("begins anew with the analyst, and with a camera that was not there before", () => {
    expect(shedShares(told(1000, 500), told(50, 5)).get("plaza")).toBeCloseTo(0.1);
    expect(shedShares([], told(50, 5)).get("plaza")).toBeCloseTo(0.1);
  });
});
