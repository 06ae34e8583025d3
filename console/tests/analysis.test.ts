import { describe, expect, it } from "vitest";

import { type CameraAnalysis, choiceOf, type DetectorChoice, faultBeside, grouped, shedShares } from "../src/cameras/analysis.ts";

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

describe("the fault of an analysis beside a stream's state", () => {
  const [fine] = told(1, 0);
  const refused: CameraAnalysis = { ...fine!, fault: "model_hash" };

  it("is shown of a camera that is on", () => {
    expect(faultBeside(refused, true, "")).toBe(refused);
    expect(faultBeside(refused, false, "")).toBeNull();
    expect(faultBeside(fine, true, "")).toBeNull();
    expect(faultBeside(undefined, true, "")).toBeNull();
  });

  it("does not repeat what the stream's state says", () => {
    const stopped = { ...refused, fault: "camera_stalled" };
    expect(faultBeside(stopped, true, "camera_stalled")).toBeNull();
    expect(faultBeside(stopped, true, "camera_ended")).toBe(stopped);
  });
});

describe("the detectors to choose from", () => {
  const choice = (name: string, own = false): DetectorChoice => ({
    name,
    own,
    licence: "MIT",
    kinds: [],
    fault: "",
    message: "",
    advice: "",
  });
  const list = { usual: "b", choices: [choice("a+b"), choice("b"), choice("a"), choice("bikes", true)] };

  it("come in groups, none of them empty", () => {
    const names = grouped(list.choices).map(([group, found]) => [group, found.map((one) => one.name)]);
    expect(names).toEqual([
      ["ours", ["b", "a"]],
      ["joined", ["a+b"]],
      ["own", ["bikes"]],
    ]);
    expect(grouped([choice("a")]).map(([group]) => group)).toEqual(["ours"]);
  });

  it("have the usual one for a camera that names none", () => {
    expect(choiceOf(list, "")?.name).toBe("b");
    expect(choiceOf(list, "bikes")?.own).toBe(true);
    expect(choiceOf(list, "gone")).toBeNull();
  });
});
