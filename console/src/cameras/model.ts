/** Cameras and what is known of them, as `cameras/model.py` writes them. */

import type { Instant, Position } from "../state/model.ts";

export type PlaceKind =
  | "city_access"
  | "avenue"
  | "traffic_light"
  | "plaza"
  | "commercial"
  | "bank"
  | "school"
  | "waste_point"
  | "private";

export interface View {
  position: Position;
  bearing_deg: number;
  field_of_view_deg: number;
  range_m: number;
}

export type PurposeLevel =
  | "unstated"
  | "overview"
  | "outline"
  | "discern"
  | "perceive"
  | "characterise"
  | "validate"
  | "scrutinise";

export interface Camera {
  id: string;
  name: string;
  place: PlaceKind;
  group: string;
  owner: string;
  view: View;
  /** Model for its pictures, or several joined by `+`; empty: the centre's. */
  detector: string;
  /** Parts that its picture is cut into, to see far: 1 to 4. */
  tiles: number;
  /** It can be steered. */
  ptz: boolean;
  transport: "tcp" | "udp";
  /** Sound is recorded too. */
  audio: boolean;
  /** It serves one viewer at a time. */
  one_session: boolean;
  /** SHA-256 of its certificate in hex; empty: authorities decide. */
  tls_fingerprint: string;
  /** Room for its footage in 10^9 bytes; null: no limit of its own. */
  quota_gb: number | null;
  /** Its footage goes when it is older; null: as the site. */
  keep_days: number | null;
  /** It sees private ground; where the law demands it, that must be masked. */
  overlooks_private: boolean;
  /** A person has checked that the camera masks those places itself. */
  masks_itself: boolean;
  /** Areas that are covered here, corners in fractions of the picture: its stream is coded anew. */
  mask: { x: number; y: number }[][];
  /** Where movement is no reason to look. */
  quiet_areas: { x: number; y: number }[][];
  simulated: boolean;
  enabled: boolean;
  /** What must be told at the end of its range (IEC 62676-4), or `unstated`. */
  purpose_level: PurposeLevel;
}

/** A camera as a device, beside its streams; an empty `reason` means that it answered last time. */
export interface DeviceState {
  clock_offset_s: number | null;
  clock_read_at: Instant | null;
  clock_wrong: boolean;
  reason: string;
  message: string;
  advice: string;
}

/** Who steers a camera; ends some seconds after the last command. */
export interface PtzLock {
  camera_id: string;
  person_id: string;
  holder: string;
  role: string;
  since: Instant;
}

/** `taken_from` names who lost the camera to a higher rank. */
export interface PtzLockChanged {
  camera_id: string;
  lock: PtzLock | null;
  taken_from: string;
}

export type StreamState = "connecting" | "recording" | "lost" | "paused";

export interface Health {
  state: StreamState;
  since: Instant;
  reason: string;
  message: string;
  advice: string;
  codec: string;
  width: number;
  height: number;
  fps: number;
}

/** What a look at a stream found; `code` is a stream fault when the verdict is failed. */
export interface ProbeReport {
  verdict: "good" | "usable" | "failed";
  codec: string;
  width: number;
  height: number;
  fps: number;
  key_frame_interval_s: number | null;
  bit_rate_kbps: number;
  /** JPEG in base64; empty when the first key frame did not decode. */
  picture: string;
  code: string;
  message: string;
  advice: string;
  wishes: string[];
}
