/** Holds and sealed packages, as `evidence/model.py` writes them. */

import type { Instant } from "../state/model.ts";

export type HoldState = "collecting" | "complete" | "released";

export interface Hold {
  id: string;
  incident_id: string | null;
  camera_id: string;
  began: Instant;
  ended: Instant;
  reason: string;
  placed_by_name: string;
  placed_at: Instant;
  state: HoldState;
  segment_ids: string[];
}

export type ExportState = "sealing" | "sealed" | "failed";

export interface Export {
  id: string;
  hold_id: string;
  incident_id: string | null;
  camera_id: string;
  state: ExportState;
  requested_by_name: string;
  requested_at: Instant;
  purpose: string;
  file_name: string;
  size: number;
  sha256: string;
  sealed_at: Instant | null;
  failure: string;
}
