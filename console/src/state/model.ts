/** The objects of the API, as control writes them: see each package's `model.py`. Instants are ISO 8601 text, UTC. */

export type Instant = string;

export interface Position {
  lat: number;
  lon: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Zone {
  corners: Point[];
}

export interface Line {
  start: Point;
  end: Point;
}

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
}

export interface Observation {
  id: string;
  camera_id: string;
  kind: ObjectKind;
  first_at: Instant;
  last_at: Instant;
  best_score: number;
  trail: TrailPoint[];
  plate: PlateReading | null;
  closed: boolean;
}

export type RuleKind = "loitering" | "line_crossing" | "wrong_way" | "crowd" | "plate_on_list";
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
  observation_id: string;
  object_kind: ObjectKind;
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

export interface Snapshot {
  seq: number;
  cameras: Camera[];
  health: Record<string, Health>;
  devices: Record<string, DeviceState>;
  ptz_locks: Record<string, PtzLock>;
  alerts: Alert[];
  incidents: Incident[];
  units: Unit[];
  assignments: Assignment[];
  holds: Hold[];
  exports: Export[];
  tickets: Ticket[];
}

/** One message of the facts socket. */
export interface ClockStepped {
  at: Instant;
  by_s: number;
}

export interface FactMessage {
  seq: number;
  kind: string;
  fact: unknown;
}
