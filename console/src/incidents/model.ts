/** Incidents, as `incidents/model.py` writes them. */

import type { Instant, Position } from "../state/model.ts";

export type IncidentState = "open" | "assigned" | "on_scene" | "closed";
export type Channel = "camera_alert" | "call" | "panic_button" | "citizen_report" | "sensor";
export type Closing = "resolved" | "unfounded" | "handed_over";

export interface Incident {
  id: string;
  number: string;
  kind: string;
  channel: Channel;
  priority: number;
  state: IncidentState;
  position: Position;
  address: string;
  opened_at: Instant;
  opened_by_name: string;
  camera_id: string | null;
  alert_ids: string[];
  closed_at: Instant | null;
  closing: string;
}

export interface TimelineEntry {
  at: Instant;
  kind: string;
  by_name: string;
  text: string;
  refers_to: string;
  caused_by: string | null;
}
