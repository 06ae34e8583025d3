/** What control writes: the state of the centre, and what its packages share. Instants are ISO 8601 text, UTC. */

import type { Alert } from "../alerts/model.ts";
import type { Camera, DeviceState, Health, PtzLock } from "../cameras/model.ts";
import type { Export, Hold } from "../evidence/model.ts";
import type { Incident } from "../incidents/model.ts";
import type { Assignment, Unit } from "../units/model.ts";
import type { Ticket } from "../upkeep/model.ts";

export type * from "../alerts/model.ts";
export type * from "../cameras/model.ts";
export type * from "../evidence/model.ts";
export type * from "../incidents/model.ts";
export type * from "../units/model.ts";
export type { Item, Ticket, TicketState, TicketStep } from "../upkeep/model.ts";

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

export interface ClockStepped {
  at: Instant;
  by_s: number;
}

/** One message of the facts socket. */
export interface FactMessage {
  seq: number;
  kind: string;
  fact: unknown;
}
