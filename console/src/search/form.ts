/** The little arithmetic of the search form. Pure. */

import type { Colour } from "../alerts/model.ts";
import { firstInstantFrom, localOf } from "../playback/zone.ts";

export const COLOURS: readonly Colour[] = [
  "black",
  "grey",
  "white",
  "red",
  "orange",
  "yellow",
  "green",
  "blue",
  "purple",
  "pink",
  "brown",
];

export const KMH = 3.6;

export function metresPerSecond(kmh: number): number {
  return kmh / KMH;
}

export function kilometresPerHour(mps: number): number {
  return Math.round(mps * KMH);
}

/** What a field for date and time shows of an instant, on the centre's clock. */
export function fieldOf(at: string | null | undefined, zone: string): string {
  if (!at) return "";
  const { year, month, day, hour, minute } = localOf(Date.parse(at), zone);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
}

/** The instant that such a field says; of a time that comes twice, the first. */
export function instantOf(field: string, zone: string): string | undefined {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(field);
  if (!found) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = found.slice(1).map(Number);
  return new Date(firstInstantFrom({ year, month, day, hour, minute, second: 0 }, zone)).toISOString();
}

/** With `value` put in, or taken out when it was there. */
export function toggled<T>(values: readonly T[] | undefined, value: T): T[] {
  const before = values ?? [];
  return before.includes(value) ? before.filter((one) => one !== value) : [...before, value];
}
