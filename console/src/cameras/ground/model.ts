/** A camera's calibration to the ground, as `cameras/ground/model.py` writes it. */

import type { Instant, Point, Position } from "../../state/model.ts";

export type Method = "pairs" | "pose" | "heights";
export type Note = "no_check" | "residual" | "unsure" | "nowhere" | "size_guessed";
export type Doubt = "" | "moved" | "steered";

export interface Pair {
  picture: Point;
  place: Position;
}

export interface Pose {
  position: Position;
  height_m: number;
  tilt_deg: number;
  bearing_deg: number;
  field_of_view_deg: number;
  roll_deg: number;
}

export interface Drawing {
  method: Method;
  width: number;
  height: number;
  pairs: Pair[];
  lengths: { start: Point; end: Point; metres: number }[];
  pose: Pose | null;
}

export interface Overlay {
  grid: { step_m: number; points: Point[] }[];
  bands: { px_per_m: number; points: Point[] }[];
  usable_y: number | null;
  error_m: number | null;
}

export interface Found {
  residuals_m: number[];
  rms_m: number | null;
  pose: Pose | null;
  height_error: number | null;
  tilt_error_deg: number | null;
  focal_error: number | null;
  overlay: Overlay;
  notes: Note[];
}

export interface GroundShown {
  camera_id: string;
  drawing: Drawing;
  found: Found;
  at: Instant;
  by: string;
  doubt: Doubt;
  doubtful_since: Instant | null;
}
