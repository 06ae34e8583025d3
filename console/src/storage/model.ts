/** What `GET /api/storage` answers and what is told of disks; sizes in bytes, terms in days, null for never. */

import type { Instant } from "../state/model.ts";

export interface Rule {
  value: number | null;
  source: string;
  date: string;
  certainty: string;
  note: string;
}

export interface DiskState {
  id: string;
  folder: string;
  role: string;
  total_bytes: number;
  free_bytes: number;
  footage_bytes: number;
  /** Its free space is counted with a disk before it. */
  shared: boolean;
  fault: string;
}

export interface CameraUse {
  camera_id: string;
  bytes_a_day: number;
  kept_bytes: number;
  held_bytes: number;
  oldest_at: Instant | null;
  limit_days: number | null;
  quota_bytes: number | null;
}

export interface CameraForecast {
  use: CameraUse;
  reached_days: number | null;
  cause: "" | "room" | "limit" | "quota";
  below_floor: boolean;
}

export interface Forecast {
  room_bytes: number;
  bytes_a_day: number;
  full_in_days: number | null;
  floor_broken_in_days: number | null;
  horizon_days: number | null;
  cameras: CameraForecast[];
}

export interface StorageReport {
  at: Instant;
  jurisdiction: string;
  floor: Rule;
  ceiling: Rule;
  floor_days: number;
  ceiling_days: number | null;
  disks: DiskState[];
  cold_bytes: number;
  forecast: Forecast;
  /** It will be broken within two weeks. */
  floor_in_danger: boolean;
}

/** A disk was lost, is full, or is well again: then `reason` is empty. */
export interface DiskChanged {
  at: Instant;
  disk: string;
  folder: string;
  reason: string;
  message: string;
  advice: string;
}

/** It began, or ended, to look as if recording will pause before footage reaches the floor. */
export interface StorageForetold {
  at: Instant;
  floor_days: number;
  floor_broken_in_days: number | null;
  horizon_days: number | null;
  warning: boolean;
}
