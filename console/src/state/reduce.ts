/** Snapshot + facts: a pure reducer. Facts carry whole objects, so to apply one is to replace by id. */

import type {
  Alert,
  Assignment,
  Camera,
  DeviceState,
  Export,
  FactMessage,
  Health,
  Hold,
  Incident,
  PtzLock,
  PtzLockChanged,
  Snapshot,
  Ticket,
  Unit,
  UnitFix,
} from "./model.ts";

export interface Centre {
  readonly seq: number;
  readonly cameras: ReadonlyMap<string, Camera>;
  readonly health: ReadonlyMap<string, Health>;
  readonly devices: ReadonlyMap<string, DeviceState>;
  readonly ptzLocks: ReadonlyMap<string, PtzLock>;
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly incidents: ReadonlyMap<string, Incident>;
  readonly units: ReadonlyMap<string, Unit>;
  readonly assignments: ReadonlyMap<string, Assignment>;
  readonly holds: ReadonlyMap<string, Hold>;
  readonly exports: ReadonlyMap<string, Export>;
  /** Those that are not done. */
  readonly tickets: ReadonlyMap<string, Ticket>;
}

export const EMPTY: Centre = {
  seq: 0,
  cameras: new Map(),
  health: new Map(),
  devices: new Map(),
  ptzLocks: new Map(),
  alerts: new Map(),
  incidents: new Map(),
  units: new Map(),
  assignments: new Map(),
  holds: new Map(),
  exports: new Map(),
  tickets: new Map(),
};

export function fromSnapshot(snapshot: Snapshot): Centre {
  return {
    seq: snapshot.seq,
    cameras: byId(snapshot.cameras),
    health: new Map(Object.entries(snapshot.health)),
    devices: new Map(Object.entries(snapshot.devices)),
    ptzLocks: new Map(Object.entries(snapshot.ptz_locks)),
    alerts: byId(snapshot.alerts),
    incidents: byId(snapshot.incidents),
    units: byId(snapshot.units),
    assignments: byId(snapshot.assignments),
    holds: byId(snapshot.holds),
    exports: byId(snapshot.exports),
    tickets: byId(snapshot.tickets),
  };
}

/** The state after `message`. A fact that is already in the state (same or lower `seq`) changes nothing. */
export function reduce(centre: Centre, message: FactMessage): Centre {
  if (message.seq <= centre.seq) return centre;
  return { ...centre, ...change(centre, message.kind, message.fact), seq: message.seq };
}

function change(centre: Centre, kind: string, fact: unknown): Partial<Centre> {
  switch (kind) {
    case "CameraChanged":
      return { cameras: put(centre.cameras, (fact as { camera: Camera }).camera) };
    case "HealthChanged": {
      const { camera_id, health } = fact as { camera_id: string; health: Health };
      return { health: new Map(centre.health).set(camera_id, health) };
    }
    case "DeviceChanged": {
      const { camera_id, device } = fact as { camera_id: string; device: DeviceState };
      return { devices: new Map(centre.devices).set(camera_id, device) };
    }
    case "PtzLockChanged": {
      const { camera_id, lock } = fact as PtzLockChanged;
      const ptzLocks = new Map(centre.ptzLocks);
      if (lock === null) ptzLocks.delete(camera_id);
      else ptzLocks.set(camera_id, lock);
      return { ptzLocks };
    }
    case "AlertRaised":
    case "AlertChanged":
    case "AlertDecided":
      return { alerts: put(centre.alerts, (fact as { alert: Alert }).alert) };
    case "IncidentOpened":
    case "IncidentChanged":
    case "IncidentClosed":
      return { incidents: put(centre.incidents, (fact as { incident: Incident }).incident) };
    case "UnitChanged":
      return { units: put(centre.units, (fact as { unit: Unit }).unit) };
    case "UnitsMoved":
      return { units: moved(centre.units, (fact as { fixes: UnitFix[] }).fixes) };
    case "UnitAssigned":
    case "AssignmentChanged":
      return { assignments: put(centre.assignments, (fact as { assignment: Assignment }).assignment) };
    case "HoldPlaced":
    case "HoldChanged":
      return { holds: put(centre.holds, (fact as { hold: Hold }).hold) };
    case "ExportChanged":
      return { exports: put(centre.exports, (fact as { export: Export }).export) };
    case "TicketChanged":
      return { tickets: open(centre.tickets, (fact as { ticket: Ticket }).ticket) };
    default:
      return {};
  }
}

function moved(units: ReadonlyMap<string, Unit>, fixes: readonly UnitFix[]): ReadonlyMap<string, Unit> {
  const next = new Map(units);
  for (const fix of fixes) {
    const unit = next.get(fix.unit_id);
    if (unit === undefined) continue;
    next.set(unit.id, {
      ...unit,
      position: fix.position,
      bearing_deg: fix.bearing_deg,
      speed_mps: fix.speed_mps,
      positioned_at: fix.at,
    });
  }
  return next;
}

function open(tickets: ReadonlyMap<string, Ticket>, ticket: Ticket): ReadonlyMap<string, Ticket> {
  const next = new Map(tickets);
  if (ticket.state === "done") next.delete(ticket.id);
  else next.set(ticket.id, ticket);
  return next;
}

function byId<T extends { id: string }>(things: readonly T[]): Map<string, T> {
  return new Map(things.map((thing) => [thing.id, thing]));
}

function put<T extends { id: string }>(things: ReadonlyMap<string, T>, thing: T): ReadonlyMap<string, T> {
  return new Map(things).set(thing.id, thing);
}

/** What differs between two states, in words; empty when they are equal. The sequence number is not compared. */
export function differences(left: Centre, right: Centre): string[] {
  const found: string[] = [];
  for (const name of Object.keys(EMPTY) as (keyof Centre)[]) {
    if (name === "seq") continue;
    const ours = left[name];
    const theirs = right[name];
    for (const id of new Set([...ours.keys(), ...theirs.keys()])) {
      const [a, b] = [canonical(ours.get(id)), canonical(theirs.get(id))];
      if (a !== b) found.push(`${name} ${id}: ${a} is not ${b}`);
    }
  }
  return found;
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      inner !== null && typeof inner === "object" && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? "absent"
  );
}
