import { describe, expect, it } from "vitest";

import { coneRing, coverage } from "../src/map/cones.ts";
import { arrived, positionAt, towards } from "../src/map/gliding.ts";
import type { Alert, Camera, Health } from "../src/state/model.ts";

const camera = (id: string, enabled = true): Camera => ({
  id,
  name: id,
  place: "plaza",
  group: "centro",
  owner: "Municipio",
  view: { position: { lat: -36, lon: -61 }, bearing_deg: 0, field_of_view_deg: 60, range_m: 111.195 },
  ...{ ptz: false, transport: "tcp", audio: false, one_session: false, tls_fingerprint: "" },
  ...{ detector: "", tiles: 1, quota_gb: null, keep_days: null, overlooks_private: false, masks_itself: false, mask: [], quiet_areas: [] },
  simulated: false,
  enabled,
  purpose_level: "unstated",
});

describe("a camera's cone", () => {
  it("begins and ends at the camera and reaches as far as it sees", () => {
    const ring = coneRing(camera("plaza").view);
    const middle = ring[Math.floor(ring.length / 2)];

    expect(ring[0]).toEqual([-61, -36]);
    expect(ring.at(-1)).toEqual([-61, -36]);
    expect(middle?.[0]).toBeCloseTo(-61, 6);
    expect(middle?.[1]).toBeCloseTo(-35.999, 6);
  });

  it("is a closed circle for a camera that sees all around", () => {
    const ring = coneRing({ ...camera("plaza").view, field_of_view_deg: 360 });

    expect(ring[0]).toEqual(ring.at(-1));
    expect(ring).not.toContainEqual([-61, -36]);
  });

  it("tells its state: an alert only where there is a picture", () => {
    const state = (name: Health["state"]) => ({ state: name }) as Health;
    const waiting = { camera_id: "a", state: "waiting" } as Alert;
    const seen = {
      cameras: [camera("a"), camera("b"), camera("c", false), camera("d")],
      health: new Map([
        ["a", state("recording")],
        ["b", state("lost")],
        ["c", state("recording")],
      ]),
      alerts: [waiting, { ...waiting, camera_id: "b" } as Alert, { ...waiting, state: "decided" } as Alert],
      chosen: "b",
    };

    expect(coverage(seen).cones.map((cone) => cone.properties)).toEqual([
      { id: "a", name: "a", state: "alert", alerts: 1, chosen: false },
      { id: "b", name: "b", state: "lost", alerts: 1, chosen: true },
      { id: "c", name: "c", state: "off", alerts: 0, chosen: false },
      { id: "d", name: "d", state: "connecting", alerts: 0, chosen: false },
    ]);
  });
});

describe("a gliding unit", () => {
  const here = { lat: -36, lon: -61 };
  const there = { lat: -36.0001, lon: -61 };

  it("moves from where it is drawn to where it was reported", () => {
    const glide = towards(towards(undefined, here, 0), there, 100);

    expect(positionAt(glide, 100)).toEqual(here);
    expect(positionAt(glide, 675).lat).toBeCloseTo(-36.00005, 7);
    expect(positionAt(glide, 5000)).toEqual(there);
    expect(arrived(glide, 600)).toBe(false);
    expect(arrived(glide, 5000)).toBe(true);
  });

  it("does not fly over the town when it jumps", () => {
    const far = { lat: -36.1, lon: -61 };

    expect(positionAt(towards(towards(undefined, here, 0), far, 100), 101)).toEqual(far);
  });
});
