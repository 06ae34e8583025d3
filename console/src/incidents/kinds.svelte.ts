/** The taxonomy of incidents, fetched once; control names each kind in every language. */

import { language } from "../i18n/index.svelte.ts";
import { get } from "../state/api.ts";

export interface IncidentKind {
  code: string;
  names: Record<"es" | "en" | "pt", string>;
  priority: number;
  agencies: string[];
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

export function kindName(code: string): string {
  const kind = kinds.all.find((one) => one.code === code);
  return kind?.names[language.current] ?? code;
}
