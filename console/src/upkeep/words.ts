/** Figures and codes of the daily proof in words. */

import { known, t } from "../i18n/index.svelte.ts";
import { numberOf } from "../i18n/words.ts";
import type { Ticket } from "../state/model.ts";
import type { Finding } from "./model.ts";

export function figureOf(figure: number | null, unit: string): string {
  if (figure === null) return "";
  if (unit === "share") return percentOf(figure);
  return `${numberOf(figure)} ${unit === "days" ? t("proof.days") : unit}`;
}

/** Never rounded up to what it is not. */
export function percentOf(share: number): string {
  return `${numberOf(Math.floor(share * 10_000) / 100, 2)} %`;
}

export function noteOf(code: string): string {
  return code === "" ? "" : (known(`proofNote.${code}`) ?? known(`error.${code}`) ?? code);
}

export function limitOf(finding: Finding): string {
  if (finding.limit === null) return "";
  const least = finding.unit === "share" || finding.unit === "days" || finding.unit === "px/m";
  return `${least ? "≥" : "≤"} ${figureOf(finding.limit, finding.unit)}`;
}

/** Who set a limit; the last word of a legal source says how sure we are of it. */
export function sourceOf(source: string): string {
  if (source === "house rule") return t("proof.houseRule");
  const cut = source.lastIndexOf(", ");
  const certainty = cut < 0 ? undefined : known(`certainty.${source.slice(cut + 2)}`);
  return certainty ? `${source.slice(0, cut)}, ${certainty}` : source.replace("settings:", t("proof.settings"));
}

export function faultOf(ticket: Ticket): string {
  const note = noteOf(ticket.code);
  return note ? `${t(`item.${ticket.item}`)}: ${note}` : t(`item.${ticket.item}`);
}
