/** The taxonomy of incidents, fetched once; control names each kind in every language. */

import { language } from "../i18n/index.svelte.ts";
import { get } from "../state/api.ts";
import type { PlaceKind, RuleKind } from "../state/model.ts";

export interface IncidentKind {
  code: string;
  names: Record<"es" | "en" | "pt", string>;
  priority: number;
  agencies: string[];
  suggested_for: { rule: RuleKind; place: PlaceKind | null }[];
}

class KindsStore {
  all = $state.raw<readonly IncidentKind[]>([]);
  #asked = false;

  async load(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    try {
      this.all = await get<IncidentKind[]>("/incident-kinds");
    } catch {
      // Codes are shown until the next view asks again.
      this.#asked = false;
    }
  }
}

export const kinds = new KindsStore();

/** What an alert of `rule` at such a place most likely is; the place's own suggestion comes before the general one. */
export function suggestedKind(all: readonly IncidentKind[], rule: RuleKind, place: PlaceKind | undefined): string {
  const at = (wanted: PlaceKind | null) =>
    all.find((kind) => kind.suggested_for.some((one) => one.rule === rule && one.place === wanted));
  return ((place && at(place)) ?? at(null))?.code ?? "";
}

export function kindName(code: string): string {
  const kind = kinds.all.find((one) => one.code === code);
  return kind?.names[language.current] ?? code;
}
