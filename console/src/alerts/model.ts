/** Alerts and what was observed, as `alerts/model.py` and `analytics/model.py` write them. */

import type { Instant, Box, Zone, Line } from "../state/model.ts";

export type ObjectKind =
  | "person"
  | "bicycle"
  | "car"
  | "motorcycle"
  | "bus"
  | "truck"
  | "dog"
  | "backpack"
  | "handbag"
  | "suitcase";

export interface TrailPoint {
  at: Instant;
  box: Box;
}

export interface PlateReading {
  text: string;
  confidence: number;
  box: Box;
  approach: Approach | null;
}

export type Approach = "coming" | "going";

export interface Observation {
  id: string;
  camera_id: string;
  kind: ObjectKind;
  first_at: Instant;
  last_at: Instant;
  best_score: number;
  trail: TrailPoint[];
  plate: PlateReading | null;
  description: Description | null;
  ground: GroundMotion | null;
  closed: boolean;
}

export type Colour =
  "black" | "grey" | "white" | "red" | "orange" | "yellow" | "green" | "blue" | "purple" | "pink" | "brown";

export interface Description {
  upper: Colour | null;
  lower: Colour | null;
  body: Colour | null;
  riders: number | null;
}

/** Metres, metres a second; heading in degrees from north. */
export interface GroundMotion {
  latitude: number;
  longitude: number;
  error_m: number;
  speed_mps: number;
  speed_error_mps: number;
  heading: number | null;
}

export type RuleKind =
  | "loitering"
  | "line_crossing"
  | "wrong_way"
  | "crowd"
  | "plate_on_list"
  | "left_object"
  | "removed_object"
  | "fallen_person"
  | "dispersal"
  | "sound";
/** What no single box shows. */
export type HappeningKind =
  | "left_object"
  | "removed_object"
  | "fallen"
  | "dispersal"
  | "gunshot"
  | "glass"
  | "scream"
  | "siren";
export type AlertState = "waiting" | "claimed" | "decided";
export type Outcome = "real" | "nuisance" | "false" | "test";

export interface Measure {
  name: string;
  value: number;
  limit: number;
}

export interface Alert {
  id: string;
  camera_id: string;
  rule: RuleKind;
  rule_id: string;
  rule_name: string;
  at: Instant;
  since: Instant;
  priority: number;
  /** Of a happening: who is thought to have part in it. */
  observation_id: string | null;
  object_kind: ObjectKind | null;
  /** What went on where no single thing was the reason; its place is the trail, empty for a sound. */
  happening: HappeningKind | null;
  trail: TrailPoint[];
  why: Measure[];
  region: Zone | Line | null;
  plate: PlateReading | null;
  list_entry_id: string | null;
  state: AlertState;
  claimed_by: string | null;
  claimed_by_name: string;
  claimed_at: Instant | null;
  outcome: Outcome | null;
  decided_by: string | null;
  decided_by_name: string;
  decided_at: Instant | null;
  note: string;
  incident_id: string | null;
}
