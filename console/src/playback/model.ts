/** What control tells of the past, as `sereno.playback.model` writes it, with instants as milliseconds beside it. */

import type { AlertState, HoldState, Instant, Outcome, RuleKind } from "../state/model.ts";

export interface Bookmark {
  id: string;
  camera_id: string;
  at: Instant;
  ended: Instant;
  text: string;
  author_id: string;
  author_name: string;
  written_at: Instant;
  incident_id: string | null;
}

export interface Recorded {
  began: Instant;
  ended: Instant;
  origin: "live" | "masked" | "standby" | "card";
  growing: boolean;
}

export interface Gap {
  began: Instant;
  ended: Instant;
  reason: string;
  message: string;
}

export interface Tracked {
  began: Instant;
  ended: Instant;
  count: number;
  kinds: string[];
}

export interface AlertMark {
  id: string;
  at: Instant;
  since: Instant;
  rule: RuleKind;
  priority: number;
  state: AlertState;
  outcome: Outcome | null;
}

export interface HoldMark {
  id: string;
  began: Instant;
  ended: Instant;
  reason: string;
  state: HoldState;
}

export interface CameraTimeline {
  camera_id: string;
  recorded: Recorded[];
  gaps: Gap[];
  activity: number[];
  tracked: Tracked[];
  alerts: AlertMark[];
  bookmarks: Bookmark[];
  holds: HoldMark[];
}

export interface Timeline {
  began: Instant;
  ended: Instant;
  now: Instant;
  cameras: CameraTimeline[];
}

/** Where nothing was recorded at `ms`, when the time line reaches that far. */
export function gapAt(line: CameraTimeline | undefined, ms: number): Gap | null {
  return line?.gaps.find((gap) => Date.parse(gap.began) <= ms && ms < Date.parse(gap.ended)) ?? null;
}

export function recordedAt(line: CameraTimeline | undefined, ms: number): boolean {
  return line?.recorded.some((span) => Date.parse(span.began) <= ms && ms < Date.parse(span.ended)) ?? false;
}

/** Beginnings of what moved: tracked things, and parts whose picture changed far more than usual after a quiet one. */
export function activityStarts(line: CameraTimeline, began: number, ended: number): number[] {
  const part = (ended - began) / line.activity.length;
  const loud = line.activity
    .map((level, index) => ({ level, before: line.activity[index - 1] ?? 0, ms: began + index * part }))
    .filter(({ level, before }) => level >= LOUD && before < LOUD)
    .map(({ ms }) => ms);
  return [...line.tracked.map((one) => Date.parse(one.began)), ...loud].sort((a, b) => a - b);
}

const LOUD = 45;
/** A jump lands this much before what it goes to, and a second jump goes further. */
export const LEAD_MS = 1_000;

/** The next (`way` 1) or the one before (-1) of `instants`; null when there is none. */
export function neighbour(instants: readonly number[], ms: number, way: 1 | -1): number | null {
  const sorted = [...instants].sort((a, b) => a - b);
  if (way > 0) return sorted.find((one) => one - LEAD_MS > ms + 500) ?? null;
  return sorted.findLast((one) => one - LEAD_MS < ms - 1_500) ?? null;
}
