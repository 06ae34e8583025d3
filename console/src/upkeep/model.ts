/** The objects of the daily proof, as control writes them: see `upkeep/model.py` and `upkeep/service.py`. */

import type { Instant } from "../state/model.ts";

export type Item =
  | "availability"
  | "retention"
  | "covered"
  | "moved"
  | "frozen"
  | "sharpness"
  | "exposure"
  | "clock"
  | "density";
export type TicketState = "opened" | "acknowledged" | "in_repair" | "done";

export interface TicketStep {
  at: Instant;
  state: TicketState;
  by_name: string;
  note: string;
}

/** One fault of one camera that must be repaired. */
export interface Ticket {
  id: string;
  camera_id: string;
  camera_name: string;
  item: Item;
  code: string;
  figure: number | null;
  limit: number | null;
  unit: string;
  since: Instant;
  last_good: Instant | null;
  opened_at: Instant;
  due_at: Instant;
  due_source: string;
  state: TicketState;
  closed_at: Instant | null;
  steps: TicketStep[];
}

export type Verdict = "met" | "not_met" | "not_measured";
/** A local day, `2026-11-23`. */
export type Day = string;

export interface Finding {
  item: Item;
  verdict: Verdict;
  figure: number | null;
  limit: number | null;
  unit: string;
  source: string;
  note: string;
  now: boolean | null;
  since: Instant | null;
  last_good: Instant | null;
}

export interface Gap {
  began: Instant;
  ended: Instant;
  reason: string;
  planned: boolean;
}

export interface CameraDay {
  camera_id: string;
  day: Day;
  version: number;
  final: boolean;
  began: Instant;
  ended: Instant;
  judged_at: Instant;
  day_s: number;
  expected_s: number;
  recorded_s: number;
  planned_s: number;
  gaps: Gap[];
  gaps_left_out: number;
  looks: number;
  night_dark_min: number;
  findings: Finding[];
}

export interface DayMark {
  camera_id: string;
  day: Day;
  version: number;
  final: boolean;
  verdict: Verdict;
  availability: number | null;
  failed: Item[];
}

export interface JudgedCamera {
  id: string;
  name: string;
  group: string;
  purpose_level: string;
}

export interface Limit {
  value: number;
  source: string;
}

export interface Limits {
  availability: Limit;
  floor_days: Limit;
  repair_urgent_hours: Limit;
  repair_hours: Limit;
  fault_minutes: Limit;
  clock_s: Limit;
  jurisdiction: string;
}

export interface Calendar {
  first: Day;
  last: Day;
  today: Day;
  cameras: JudgedCamera[];
  marks: DayMark[];
  limits: Limits;
}

export interface PlannedWork {
  id: string;
  camera_id: string;
  began: Instant;
  ended: Instant;
  reason: string;
  declared_by_name: string;
  declared_at: Instant;
  cancelled_by_name: string;
  cancelled_at: Instant | null;
}

export interface ReferenceRecord {
  camera_id: string;
  asked_at: Instant | null;
  asked_by_name: string;
  reason: string;
  taken_at: Instant | null;
}

export interface DayPage {
  camera: JudgedCamera;
  versions: CameraDay[];
  references: ReferenceRecord[];
  reference_at: Instant | null;
  seen_at: Instant | null;
  planned: PlannedWork[];
}
