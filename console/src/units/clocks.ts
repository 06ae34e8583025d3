/** The clocks of an assignment: when each step was reached and how long it took or has been taking. Pure. */

import type { Assignment, AssignmentState, Instant } from "../state/model.ts";

export interface Step {
  state: AssignmentState;
  at: Instant | null;
  /** Seconds since the step before; for the step that is awaited, seconds so far. */
  seconds: number | null;
  status: "done" | "running" | "ahead";
}

export function clocks(assignment: Assignment, nowMs: number): Step[] {
  const reached: [AssignmentState, Instant | null][] = [
    ["assigned", assignment.assigned_at],
    ["acknowledged", assignment.acknowledged_at],
    ["en_route", assignment.en_route_at],
    ["on_scene", assignment.on_scene_at],
    ["cleared", assignment.cleared_at],
  ];
  const finished = assignment.cleared_at !== null;
  let before = Date.parse(assignment.assigned_at);
  let awaited = false;
  return reached.map(([state, at], index) => {
    if (at !== null) {
      const seconds = index === 0 ? null : (Date.parse(at) - before) / 1000;
      before = Date.parse(at);
      return { state, at, seconds, status: "done" };
    }
    if (finished || awaited) return { state, at, seconds: null, status: "ahead" };
    awaited = true;
    return { state, at, seconds: (nowMs - before) / 1000, status: "running" };
  });
}
