/** Units and who was sent, as `dispatch/model.py` writes them. */

import type { Instant, Position } from "../state/model.ts";

export type Agency = "police" | "fire" | "civil_defence" | "ambulance" | "municipal";
export type UnitState = "available" | "assigned" | "en_route" | "on_scene" | "out_of_service";
export type AssignmentState = "assigned" | "acknowledged" | "en_route" | "on_scene" | "cleared";

export interface Unit {
  id: string;
  call_sign: string;
  agency: Agency;
  state: UnitState;
  position: Position;
  bearing_deg: number;
  speed_mps: number;
  positioned_at: Instant;
}

export interface UnitFix {
  unit_id: string;
  position: Position;
  bearing_deg: number;
  speed_mps: number;
  at: Instant;
}

export interface Assignment {
  id: string;
  incident_id: string;
  unit_id: string;
  state: AssignmentState;
  destination: Position;
  assigned_at: Instant;
  assigned_by_name: string;
  expected_travel_s: number;
  acknowledged_at: Instant | null;
  en_route_at: Instant | null;
  on_scene_at: Instant | null;
  cleared_at: Instant | null;
  report: string;
}

export interface Proposal {
  unit_id: string;
  rank: number;
  travel_s: number;
  distance_m: number;
  straight_line: boolean;
  reasons: [code: string, value: number][];
  route: Position[];
}
