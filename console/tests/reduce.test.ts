import { describe, expect, it } from "vitest";

import type { Alert, Health, Snapshot, Unit } from "../src/state/model.ts";
import { differences, fromSnapshot, reduce } from "../src/state/reduce.ts";

const unit: Unit = {
  id: "movil-1",
  call_sign: "Móvil 1",
  agency: "police",
  state: "available",
  position: { lat: -36.1, lon: -61.2 },
  bearing_deg: 0,
  speed_mps: 0,
  positioned_at: "2026-03-01T12:00:00Z",
};

const alert: Alert = {
  id: "01a",
  camera_id: "plaza",
  rule: "loitering",
  rule_id: "r1",
  rule_name: "Plaza de noche",
  at: "2026-03-01T12:00:31Z",
  since: "2026-03-01T12:00:00Z",
  priority: 3,
  observation_id: "01o",
  object_kind: "person",
  happening: null,
  trail: [],
  why: [{ name: "stayed_s", value: 31.4, limit: 30 }],
  region: null,
  plate: null,
  list_entry_id: null,
  state: "waiting",
  claimed_by: null,
  claimed_by_name: "",
  claimed_at: null,
  outcome: null,
  decided_by: null,
  decided_by_name: "",
  decided_at: null,
  note: "",
  incident_id: null,
};

const snapshot: Snapshot = {
  seq: 10,
  cameras: [],
  health: {},
  alerts: [],
  incidents: [],
  units: [unit],
  assignments: [],
  holds: [],
  exports: [],
  devices: {},
  ptz_locks: {},
  tickets: [],
};

describe("reduce", () => {
  it("puts what a fact carries in the place of what was there", () => {
    const raised = reduce(fromSnapshot(snapshot), { seq: 11, kind: "AlertRaised", fact: { alert } });
    const decided = reduce(raised, {
      seq: 12,
      kind: "AlertDecided",
      fact: { alert: { ...alert, state: "decided", outcome: "real" } },
    });

    expect(raised.alerts.get("01a")?.state).toBe("waiting");
    expect(decided.alerts.get("01a")?.outcome).toBe("real");
    expect(decided.seq).toBe(12);
  });

  it("ignores a fact that came twice or before the snapshot", () => {
    const centre = fromSnapshot({ ...snapshot, seq: 11, alerts: [{ ...alert, state: "claimed" }] });

    expect(reduce(centre, { seq: 11, kind: "AlertRaised", fact: { alert } })).toBe(centre);
  });

  it("moves the units that a batch of fixes names and leaves the others", () => {
    const fix = { unit_id: unit.id, position: { lat: -36.2, lon: -61.3 }, bearing_deg: 90, speed_mps: 8, at: "2026-03-01T12:00:01Z" };
    const other = { ...fix, unit_id: "unknown" };
    const centre = reduce(fromSnapshot(snapshot), { seq: 11, kind: "UnitsMoved", fact: { fixes: [fix, other] } });

    expect(centre.units.size).toBe(1);
    expect(centre.units.get(unit.id)).toEqual({
      ...unit,
      position: fix.position,
      bearing_deg: 90,
      speed_mps: 8,
      positioned_at: fix.at,
    });
  });

  it("keys health by camera", () => {
    const health: Health = {
      state: "lost",
      since: "2026-03-01T12:00:00Z",
      reason: "camera_timeout",
      message: "",
      advice: "",
      codec: "",
      width: 0,
      height: 0,
      fps: 0,
    };
    const centre = reduce(fromSnapshot(snapshot), { seq: 11, kind: "HealthChanged", fact: { camera_id: "plaza", health } });

    expect(centre.health.get("plaza")).toEqual(health);
  });

  it("only moves the sequence on a fact that the screen does not show", () => {
    const before = fromSnapshot(snapshot);
    const after = reduce(before, { seq: 40, kind: "SegmentClosed", fact: {} });

    expect(after.seq).toBe(40);
    expect(differences(before, after)).toEqual([]);
  });
});

describe("differences", () => {
  it("is blind to the order of keys and sees a changed value, a missing and a surplus object", () => {
    const left = fromSnapshot({ ...snapshot, alerts: [alert] });
    const turned = Object.fromEntries(Object.entries(alert).reverse()) as unknown as Alert;

    expect(differences(left, fromSnapshot({ ...snapshot, alerts: [turned] }))).toEqual([]);
    expect(differences(left, fromSnapshot({ ...snapshot, alerts: [{ ...alert, priority: 1 }] }))).toHaveLength(1);
    expect(differences(left, fromSnapshot({ ...snapshot, units: [] }))).toHaveLength(2);
  });
});
