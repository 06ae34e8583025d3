/** Search, as `analytics/search/model.py` writes it and `analytics/search/bodies.py` reads it. */

import type { Box, Instant, Line, Position, Zone } from "../state/model.ts";
import type { Colour, Description, GroundMotion, ObjectKind, PlateReading } from "../alerts/model.ts";

export type Across = "left_to_right" | "right_to_left" | "both";

export interface DrawnZone {
  camera_id: string;
  zone: Zone;
}

export interface DrawnLine {
  camera_id: string;
  line: Line;
  direction: Across;
}

/** Units: metres. */
export interface Circle {
  position: Position;
  radius_m: number;
}

/** Times of day on the centre's clock, `22:00:00`. */
export interface DayHours {
  began: string;
  ended: string;
}

/** Degrees from north, clockwise. */
export interface Heading {
  degrees: number;
  tolerance_deg: number;
}

/** Every field may be left out of what is sent; what comes back has all. Weekday 0 is Monday. */
export interface Query {
  kinds: ObjectKind[];
  colours: Colour[];
  upper: Colour[];
  lower: Colour[];
  body: Colour[];
  riders_least: number | null;
  riders_most: number | null;
  plate: string;
  cameras: string[];
  near: Circle | null;
  zone: DrawnZone | null;
  line: DrawnLine | null;
  began: Instant | null;
  ended: Instant | null;
  hours: DayHours[];
  weekdays: number[];
  stay_least_s: number | null;
  stay_most_s: number | null;
  speed_least_mps: number | null;
  speed_most_mps: number | null;
  heading: Heading | null;
}

/** `at` is the instant to play; `portrait`: there is a crop at `/api/search/portraits/{id}`. */
export interface Found {
  id: string;
  camera_id: string;
  kind: ObjectKind;
  first_at: Instant;
  last_at: Instant;
  at: Instant;
  box: Box;
  best_score: number;
  plate: PlateReading | null;
  plate_exact: boolean | null;
  description: Description | null;
  ground: GroundMotion | null;
  closed: boolean;
  portrait: boolean;
}

export interface DayFault {
  day: string;
  code: string;
  message: string;
}

export interface HourCount {
  hour: Instant;
  count: number;
}

export interface Counts {
  total: number;
  complete: boolean;
  since: Instant | null;
  hours: HourCount[];
  cameras: Record<string, number>;
}

export interface Page {
  rows: Found[];
  cursor: string | null;
  timed_out: boolean;
  reached: Instant | null;
  faults: DayFault[];
  counts: Counts | null;
}

export interface UnderstoodWords {
  text: string;
  start: number;
  end: number;
  field: string;
  meaning: string;
}

export interface UnknownWords {
  text: string;
  start: number;
  end: number;
}

export interface Answer {
  query: Query;
  understood: UnderstoodWords[];
  not_understood: UnknownWords[];
  page: Page;
}

export interface Alike {
  found: Found;
  likeness: number;
}

export interface AlikeAnswer {
  rows: Alike[];
  compared: number;
  kept_since: Instant | null;
}

export type StepReason = "direct" | "stopped" | "same_place" | "too_fast" | "at_once";

/** `start` and `end` are observation ids. Units: seconds, metres, metres a second. */
export interface Step {
  start: string;
  end: string;
  gap_s: number;
  way_s: number;
  distance_m: number;
  speed_mps: number | null;
  reason: StepReason;
  support: number;
}

export interface Chain {
  sightings: string[];
  steps: Step[];
  support: number;
}

export interface Journeys {
  chains: Chain[];
  conflicts: Step[];
}

export interface JourneyAnswer {
  rows: Alike[];
  journeys: Journeys;
  complete: boolean;
  faults: DayFault[];
}

export type Purpose = "monitoring" | "incident" | "evidence" | "maintenance" | "audit";

/** Every search says what it is for: a purpose, and an incident or a reason in words. */
export interface PurposeBody {
  purpose: Purpose;
  incident_id?: string | null;
  reason?: string;
}

export interface SearchBody extends PurposeBody {
  words?: string;
  query?: Partial<Query>;
  cursor?: string | null;
  limit?: number;
  counts?: boolean;
}

export interface AlikeBody extends PurposeBody {
  observation_id: string;
  query?: Partial<Query>;
  limit?: number;
}

export interface JourneyBody extends PurposeBody {
  plate?: string;
  observation_id?: string | null;
  began?: Instant | null;
  ended?: Instant | null;
}
