import { describe, expect, it } from "vitest";

import { decidedAlerts, waitingAlerts } from "../src/alerts/order.ts";
import { boxAt, marks, pathUntil } from "../src/alerts/overlay.ts";
import type { Alert, Box } from "../src/state/model.ts";

const START = Date.parse("2026-03-01T12:00:00Z");
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const box = (left: number): Box => ({ left, top: 0.4, right: left + 0.1, bottom: 0.6 });

describe("the box over the picture", () => {
  const trail = marks([
    { at: at(1), box: box(0.2) },
    { at: at(0), box: box(0.1) },
    { at: at(10), box: box(0.8) },
  ]);

  it("lies between the two points around the instant", () => {
    expect(boxAt(trail, START + 500)?.left).toBeCloseTo(0.15);
    expect(boxAt(trail, START + 1000)?.left).toBeCloseTo(0.2);
  });

  it("is not drawn where nothing was seen", () => {
    expect(boxAt(trail, START + 5000)).toBeNull();
    expect(boxAt(trail, START - 5000)).toBeNull();
    expect(boxAt(trail, START + 15_000)).toBeNull();
    expect(boxAt([], START)).toBeNull();
  });

  it("lingers for a moment where a track broke off", () => {
    expect(boxAt(trail, START + 1200)?.left).toBeCloseTo(0.2);
    expect(boxAt(trail, START + 10_200)?.left).toBeCloseTo(0.8);
  });

  it("leaves a path of feet behind it", () => {
    expect(pathUntil(trail, START + 1500)).toEqual([
      { x: expect.closeTo(0.15), y: 0.6 },
      { x: expect.closeTo(0.25), y: 0.6 },
    ]);
  });
});

describe("the queue", () => {
  const alert = (id: string, priority: number, seconds: number, decided?: number): Alert =>
    ({
      id,
      priority,
      at: at(seconds),
      state: decided === undefined ? "waiting" : "decided",
      decided_at: decided === undefined ? null : at(decided),
    }) as Alert;
  const all = [alert("late", 2, 9), alert("old", 3, 1), alert("early", 2, 5), alert("x", 1, 0, 20), alert("y", 1, 0, 30)];

  it("shows the most urgent first and among equals the oldest", () => {
    expect(waitingAlerts(all).map((one) => one.id)).toEqual(["early", "late", "old"]);
  });

  it("keeps the last decisions below", () => {
    expect(decidedAlerts(all, 1).map((one) => one.id)).toEqual(["y"]);
  });
});
