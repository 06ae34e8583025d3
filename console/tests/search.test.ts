import { describe, expect, it } from "vitest";

import type { Found } from "../src/search/model.ts";
import { fieldOf, instantOf, kilometresPerHour, lookOf, metresPerSecond, speedOf, toggled } from "../src/search/words.ts";

const found: Found = {
  id: "1",
  camera_id: "banco",
  kind: "motorcycle",
  first_at: "2026-11-23T01:00:00Z",
  last_at: "2026-11-23T01:00:20Z",
  at: "2026-11-23T01:00:10Z",
  box: { left: 0, top: 0, right: 1, bottom: 1 },
  best_score: 0.8,
  plate: null,
  plate_exact: null,
  description: { upper: "blue", lower: null, body: "red", riders: 2 },
  ground: null,
  closed: true,
  portrait: true,
};

describe("what was found", () => {
  it("is told by what could be told, and by nothing else", () => {
    expect(lookOf(found).split(" · ")).toHaveLength(3);
    expect(lookOf({ ...found, description: null })).toBe("");
  });

  it("tells a speed with its error, where there is ground", () => {
    const ground = { latitude: 0, longitude: 0, error_m: 1, speed_mps: 10, speed_error_mps: 1, heading: null };
    expect(speedOf({ ...found, ground })).toBe("36 ± 4 km/h");
    expect(speedOf(found)).toBe("");
  });
});

describe("the form", () => {
  const zone = "America/Argentina/Buenos_Aires";

  it("shows and reads instants on the centre's clock", () => {
    expect(fieldOf("2026-11-23T01:00:00Z", zone)).toBe("2026-11-22T22:00");
    expect(instantOf("2026-11-22T22:00", zone)).toBe("2026-11-23T01:00:00.000Z");
    expect(instantOf("", zone)).toBeUndefined();
  });

  it("takes a value in and out", () => {
    expect(toggled(undefined, "car")).toEqual(["car"]);
    expect(toggled(["car", "bus"], "car")).toEqual(["bus"]);
  });

  it("keeps a speed that is written", () => {
    expect(kilometresPerHour(metresPerSecond(55))).toBe(55);
  });
});
