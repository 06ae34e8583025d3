/** What was found, in words, and the little arithmetic of the search form. Pure but for the language. */

import type { Colour } from "../alerts/model.ts";
import type { Found } from "./model.ts";
import { t } from "../i18n/index.svelte.ts";
import { numberOf } from "../i18n/words.ts";
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

const KMH = 3.6;

/** `Arriba azul · abajo negro`, `rojo · 2 personas`. */
export function lookOf({ description }: Found): string {
  if (!description) return "";
  const { upper, lower, body, riders } = description;
  return [
    body && t(`colour.${body}`),
    upper && t("search.upperIs", { colour: t(`colour.${upper}`) }),
    lower && t("search.lowerIs", { colour: t(`colour.${lower}`) }),
    riders !== null && riders > 1 && t("search.riders", { count: riders }),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** `34 ± 3 km/h`; empty where the camera knows no ground. */
export function speedOf({ ground }: Found): string {
  if (!ground) return "";
  return `${numberOf(ground.speed_mps * KMH, 0)} ± ${numberOf(ground.speed_error_mps * KMH, 0)} km/h`;
}

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
