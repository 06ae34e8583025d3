/** What control sends as codes and numbers, in words and in the site's time. */

import { session } from "../access/session.svelte.ts";
import { ApiError } from "../state/api.ts";
import type { Health, Instant } from "../state/model.ts";
import * as format from "./format.ts";
import { known, language, t } from "./index.svelte.ts";

function zone(): string {
  return session.current?.site.timezone ?? "UTC";
}

export function clockOf(at: Instant | number): string {
  return format.timeOfDay(new Date(at), language.locale, zone());
}

export function stampOf(at: Instant | number): string {
  return format.dateTime(new Date(at), language.locale, zone());
}

/** On the centre's clock, without its zone: for lists whose page says the zone. */
export function dayClockOf(at: Instant | number): string {
  return format.dayAndTime(new Date(at), language.locale, zone());
}

export function zoneOf(at: number): string {
  return format.zoneName(new Date(at), language.locale, zone());
}

export function distanceOf(metres: number): string {
  return format.distance(metres, language.locale);
}

export function numberOf(value: number, digits = 1): string {
  return format.decimal(value, language.locale, digits);
}

export function bytesOf(size: number): string {
  return format.bytes(size, language.locale);
}

export interface Told {
  message: string;
  advice: string;
  reference: string;
}

/** A failure in the reader's words: the code's own text when the catalogue has one, else what control said. */
export function told(failure: unknown): Told {
  if (!(failure instanceof ApiError)) {
    return { message: t("error.screen"), advice: String(failure), reference: "" };
  }
  const values = failure.retryAfterS === null ? {} : { seconds: failure.retryAfterS };
  return {
    message: known(`error.${failure.code}`, values) ?? failure.message,
    advice: known(`advice.${failure.code}`) ?? failure.advice,
    reference: failure.reference,
  };
}

/** Why a camera is not analysed, in words. */
export function analysisOf({ fault, message, advice }: { fault: string; message: string; advice: string }): Told {
  return {
    message: known(`error.${fault}`) ?? (message || fault),
    advice: known(`advice.${fault}`) ?? advice,
    reference: "",
  };
}

/** Why a camera does not record, in words. */
export function healthOf(health: Health): Told {
  return {
    message: (health.reason && known(`error.${health.reason}`)) || health.message || t(`stream.${health.state}`),
    advice: (health.reason && known(`advice.${health.reason}`)) || health.advice,
    reference: "",
  };
}
