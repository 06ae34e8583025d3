import { describe, expect, it } from "vitest";

import { ahead, nudged, numbersOf, pairsOf, put, type Spot, walked, wants, without } from "../src/cameras/ground/spots.ts";

const PLACE = { lat: -34.6, lon: -59.4 };
const whole: Spot = { picture: { x: 0.5, y: 0.5 }, place: PLACE };
const half: Spot = { picture: { x: 0.2, y: 0.9 }, place: null };

describe("spots of a calibration", () => {
  it("are sent when both sides are there", () => {
    expect(pairsOf([whole, half, whole])).toHaveLength(2);
    expect(numbersOf([whole, half, whole])).toEqual([0, null, 1]);
  });

  it("want the picture first, then the map, then the next picture", () => {
    expect(wants(undefined)).toBe("picture");
    expect(wants(half)).toBe("map");
    expect(wants(whole)).toBe("picture");
  });

  it("are put side by side and taken away", () => {
    const begun = put([whole], 1, { picture: { x: 0.1, y: 0.8 } });
    const done = put(begun, 1, { place: PLACE });
    expect(done[1]).toEqual({ picture: { x: 0.1, y: 0.8 }, place: PLACE });
    expect(without(done, 0)).toEqual([done[1]]);
    expect(put(Array.from({ length: 40 }, () => whole), 40, half)).toHaveLength(40);
  });

  it("move by arrow keys, on the picture down and on the map south", () => {
    expect(nudged({ x: 0.5, y: 0.5 }, "ArrowDown", false)?.y).toBeCloseTo(0.501);
    expect(nudged({ x: 0.5, y: 1 }, "ArrowDown", true)?.y).toBe(1);
    expect(nudged({ x: 0.5, y: 0.5 }, "a", false)).toBeNull();
    expect(walked(PLACE, "ArrowDown", true)?.lat).toBeLessThan(PLACE.lat);
    expect(walked(PLACE, "ArrowRight", false)?.lon).toBeGreaterThan(PLACE.lon);
  });

  it("begin in front of the camera", () => {
    const east = ahead(PLACE, 90, 20);
    expect(east.lat).toBeCloseTo(PLACE.lat, 9);
    expect((east.lon - PLACE.lon) * 111_195 * Math.cos((34.6 * Math.PI) / 180)).toBeCloseTo(20, 1);
  });
});
