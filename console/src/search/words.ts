/** What was found, in the reader's words. */

import { t } from "../i18n/index.svelte.ts";
import { numberOf } from "../i18n/words.ts";
import { KMH } from "./form.ts";
import type { Found } from "./model.ts";

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
