import { describe, expect, it } from "vitest";

import { fieldOf, instantOf, kilometresPerHour, metresPerSecond, toggled } from "../src/search/form.ts";

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
