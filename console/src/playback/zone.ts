/** Instants and what the clocks of a place showed then; also in the nights when an hour comes twice or not at all. Pure. */

export interface Local {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const HOUR_MS = 3_600_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  return format;
}

export function localOf(ms: number, zone: string): Local {
  const found: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(ms)) found[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = found;
  return { year, month, day, hour, minute, second };
}

/** Minutes that local time is ahead of UTC. */
export function offsetMinutes(ms: number, zone: string): number {
  const whole = Math.floor(ms / 1000) * 1000;
  return Math.round((asUtc(localOf(whole, zone)) - whole) / 60_000);
}

/** `GMT−3`, `GMT+5:30`. */
export function offsetText(ms: number, zone: string): string {
  const minutes = offsetMinutes(ms, zone);
  const size = Math.abs(minutes);
  const rest = size % 60 === 0 ? "" : `:${String(size % 60).padStart(2, "0")}`;
  return minutes === 0 ? "GMT" : `GMT${minutes < 0 ? "−" : "+"}${Math.floor(size / 60)}${rest}`;
}

/** Every instant at which the clocks showed `local`: two in the repeated hour, none in the skipped one. */
export function instantsOf(local: Local, zone: string): number[] {
  const plain = asUtc(local);
  const offsets = new Set([-26, -2, 0, 2, 26].map((hours) => offsetMinutes(plain + hours * HOUR_MS, zone)));
  return [...offsets]
    .map((minutes) => plain - minutes * 60_000)
    .filter((ms) => asUtc(localOf(ms, zone)) === plain)
    .sort((a, b) => a - b);
}

/** The first instant at or after `local`: for a time that was skipped, when the clocks went on. */
export function firstInstantFrom(local: Local, zone: string): number {
  const [found] = instantsOf(local, zone);
  if (found !== undefined) return found;
  const plain = asUtc(local);
  let before = plain - offsetMinutes(plain - 26 * HOUR_MS, zone) * 60_000 - 3 * HOUR_MS;
  let after = before + 8 * HOUR_MS;
  while (after - before > 1000) {
    const middle = Math.floor((before + after) / 2000) * 1000;
    if (asUtc(localOf(middle, zone)) < plain) before = middle;
    else after = middle;
  }
  return after;
}

/** 1 or 2 when the clocks showed this time twice that night; null otherwise. */
export function turnOf(ms: number, zone: string): 1 | 2 | null {
  const whole = Math.floor(ms / 1000) * 1000;
  const found = instantsOf(localOf(whole, zone), zone);
  return found.length < 2 ? null : found[0] === whole ? 1 : 2;
}

/** From local midnight to the next: 23 to 25 hours. */
export function dayOf(ms: number, zone: string): { began: number; ended: number } {
  const { year, month, day } = localOf(ms, zone);
  const midnight = { year, month, day, hour: 0, minute: 0, second: 0 };
  const next = new Date(Date.UTC(year, month - 1, day + 1));
  const following = {
    ...midnight,
    year: next.getUTCFullYear(),
    month: next.getUTCMonth() + 1,
    day: next.getUTCDate(),
  };
  return { began: firstInstantFrom(midnight, zone), ended: firstInstantFrom(following, zone) };
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

export interface Tick {
  ms: number;
  /** Whole hours, or whole minutes when marks are finer. */
  major: boolean;
}

/** Marks at round local times, at most `most`; each instant once, so the repeated hour has its own marks. */
export function ticksOf(began: number, ended: number, most: number, zone: string): Tick[] {
  const step = (STEPS_S.find((seconds) => (ended - began) / 1000 / seconds <= most) ?? 86_400) * 1000;
  const fine = Math.min(step, 900_000);
  const found: Tick[] = [];
  for (let ms = Math.ceil(began / fine) * fine; ms < ended; ms += fine) {
    const local = ms + offsetMinutes(ms, zone) * 60_000;
    if (local % step === 0) found.push({ ms, major: local % (step < 60_000 ? 60_000 : 3_600_000) === 0 });
  }
  return found;
}

function asUtc(local: Local): number {
  return Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second);
}
