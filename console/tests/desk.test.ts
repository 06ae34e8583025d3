import { describe, expect, it } from "vitest";

import { detailOf } from "../src/access/detail.ts";
import { bestMatches } from "../src/desk/search.ts";
import { age, dateTime, distance, minutesSeconds, timeOfDay } from "../src/i18n/format.ts";
import { wallAt } from "../src/state/media.ts";
import type { Assignment, Camera } from "../src/state/model.ts";
import { clocks } from "../src/units/clocks.ts";
import { pageOf, wallOrder } from "../src/wall/paging.ts";

describe("times", () => {
  const instant = new Date("2026-03-02T00:05:09Z");
  const zone = "America/Argentina/Buenos_Aires";

  it("are written in the site's zone, which is named with a date", () => {
    expect(timeOfDay(instant, "es-AR", zone)).toBe("21:05:09");
    expect(dateTime(instant, "es-AR", zone)).toMatch(/^1\/3\/2026|^01\/03\/2026/);
    expect(dateTime(instant, "es-AR", zone)).toMatch(/21:05:09 (GMT-3|ART|UTC-3)$/);
    expect(timeOfDay(new Date("2026-03-02T03:00:00Z"), "es-AR", zone)).toBe("00:00:00");
  });

  it("are short where they tick", () => {
    expect([0, 59, 60, 3599, 3600, 90_000].map(age)).toEqual(["0 s", "59 s", "1:00", "59:59", "1 h 00", "1 d"]);
    expect([4.6, 65, 600].map(minutesSeconds)).toEqual(["0:05", "1:05", "10:00"]);
  });

  it("of a picture follow from its media time", () => {
    expect(wallAt(10, 1_000_000, 90_000 * 4)).toBe(1_006_000);
  });
});

it("writes distances as people say them", () => {
  expect([84, 996, 1234].map((metres) => distance(metres, "es-AR"))).toEqual(["80 m", "1 km", "1,2 km"]);
});

it("finds by the beginning of a name first, blind to accents", () => {
  const things = ["Acceso Norte", "Móvil 101", "Escuela N.º 4", "Plaza Móvil"].map((name) => ({ name }));

  expect(bestMatches(things, "movil", 9).map((one) => one.name)).toEqual(["Móvil 101", "Plaza Móvil"]);
  expect(bestMatches(things, "", 2)).toHaveLength(2);
  expect(bestMatches(things, "zzz", 9)).toEqual([]);
});

describe("the wall", () => {
  it("puts the camera in hand first and leaves out those that are off", () => {
    const cameras = [
      { id: "b", name: "B", enabled: true },
      { id: "c", name: "C", enabled: true },
      { id: "a", name: "A", enabled: false },
    ] as Camera[];

    expect(wallOrder(cameras, "c").map((one) => one.id)).toEqual(["c", "b"]);
  });

  it("turns its pages round and round", () => {
    expect(pageOf([1, 2, 3, 4, 5], 4, 1)).toEqual({ items: [5], page: 1, pages: 2 });
    expect(pageOf([1, 2, 3, 4, 5], 4, -1).page).toBe(1);
    expect(pageOf([1, 2, 3, 4, 5], 4, 2).page).toBe(0);
    expect(pageOf([], 4, 3)).toEqual({ items: [], page: 0, pages: 1 });
  });
});

it("counts the clocks of an assignment, the awaited one still running", () => {
  const assignment = {
    assigned_at: "2026-03-01T12:00:00Z",
    acknowledged_at: "2026-03-01T12:00:02Z",
    en_route_at: null,
    on_scene_at: null,
    cleared_at: null,
  } as Assignment;

  const steps = clocks(assignment, Date.parse("2026-03-01T12:00:10Z"));

  expect(steps.map((step) => [step.state, step.seconds, step.status])).toEqual([
    ["assigned", null, "done"],
    ["acknowledged", 2, "done"],
    ["en_route", 8, "running"],
    ["on_scene", null, "ahead"],
    ["cleared", null, "ahead"],
  ]);
});

it("writes an audit row's detail as a line", () => {
  expect(detailOf('{"outcome": "real", "note": "x"}')).toBe("outcome: real · note: x");
  expect(detailOf("no json")).toBe("no json");
});
