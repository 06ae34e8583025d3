/** Why a rule fired, in words with its numbers against their limits. */

import { known, t } from "../i18n/index.svelte.ts";
import { numberOf } from "../i18n/words.ts";
import type { Alert, Measure } from "../state/model.ts";

export function whyOf(alert: Alert): string {
  return t(`why.${alert.rule}`, { object: subjectOf(alert) });
}

/** What the alert is about: a kind of thing, or what goes on. */
export function subjectOf(alert: Alert): string {
  if (alert.happening) return t(`happening.${alert.happening}`);
  return alert.object_kind ? t(`object.${alert.object_kind}`) : "";
}

export function measureOf(measure: Measure): string {
  const values = { value: numberOf(measure.value, 2), limit: numberOf(measure.limit, 2) };
  return known(`measure.${measure.name}`, values) ?? t("measure.other", { name: measure.name, ...values });
}

/** How far along a bar the value and its limit stand, 0..1 each. */
export function bar(measure: Measure): { value: number; limit: number } {
  const most = Math.max(measure.value, measure.limit, 1e-9) * 1.15;
  return { value: Math.max(0, measure.value) / most, limit: Math.max(0, measure.limit) / most };
}
