/** Exact times of the past in the reader's language and the site's zone. */

import { session } from "../access/session.svelte.ts";
import { known, language, t } from "../i18n/index.svelte.ts";
import type { Gap, Recorded } from "./model.ts";
import { offsetText, turnOf } from "./zone.ts";

export function siteZone(): string {
  return session.current?.site.timezone ?? "UTC";
}

const TURNS = { 1: "¹", 2: "²" } as const;

/** For an axis: `02:30`, and `02:30²` in the repeated hour. */
export function tickOf(ms: number, withSeconds: boolean): string {
  const turn = turnOf(ms, siteZone());
  return `${clock(ms, withSeconds)}${turn === null ? "" : TURNS[turn]}`;
}

function clock(ms: number, withSeconds: boolean): string {
  const options: Intl.DateTimeFormatOptions = { timeZone: siteZone(), hourCycle: "h23", hour: "2-digit", minute: "2-digit" };
  if (withSeconds) options.second = "2-digit";
  return new Intl.DateTimeFormat(language.locale, options).format(ms);
}

/** `02:30:15`, and `02:30:15 (2.ª vez)` in the repeated hour. */
export function timeOf(ms: number, form: "seconds" | "millis" = "seconds"): string {
  const text = clock(ms, true);
  const exact = form === "millis" ? `${text}.${String(Math.floor(ms) % 1000).padStart(3, "0")}` : text;
  const turn = turnOf(ms, siteZone());
  return turn === null ? exact : `${exact} (${t(turn === 1 ? "playback.first" : "playback.second")})`;
}

export function dateOf(ms: number): string {
  return new Intl.DateTimeFormat(language.locale, {
    timeZone: siteZone(),
    weekday: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(ms);
}

export function zoneOf(ms: number): string {
  return `${offsetText(ms, siteZone())} · ${siteZone().replaceAll("_", " ")}`;
}

export function gapWords(gap: Gap): string {
  return known(`gap.${gap.reason}`) ?? known(`error.${gap.reason}`) ?? gap.message;
}

/** `14:05:10 – 14:09:00 · La cámara no responde`. */
export function gapLabel(gap: Gap): string {
  return `${timeOf(Date.parse(gap.began))} – ${timeOf(Date.parse(gap.ended))} · ${gapWords(gap)}`;
}

/** `14:05:10 – 14:09:00 · Del grabador de reserva`. */
export function originLabel(span: Recorded): string {
  return `${timeOf(Date.parse(span.began))} – ${timeOf(Date.parse(span.ended))} · ${t(`playback.origin.${span.origin}`)}`;
}
