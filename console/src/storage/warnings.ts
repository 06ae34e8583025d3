/** What is wrong with disks and term right now, out of the report and the facts after it. Pure. */

import type { FactMessage } from "../state/model.ts";
import type { DiskChanged, StorageForetold, StorageReport } from "./model.ts";

export interface Warnings {
  /** In how many days recording will pause below the floor; null when it does not look so. */
  readonly floorBrokenInDays: number | null;
  /** Error codes by disk; the centre's own folder is the empty name. */
  readonly disks: ReadonlyMap<string, string>;
}

export const WELL: Warnings = { floorBrokenInDays: null, disks: new Map() };

export function warningsOf(report: StorageReport): Warnings {
  const broken = report.disks.filter((disk) => disk.fault !== "");
  return {
    floorBrokenInDays: report.floor_in_danger ? report.forecast.floor_broken_in_days : null,
    disks: new Map(broken.map((disk) => [disk.id, disk.fault])),
  };
}

/** The warnings after `message`; the same object when it does not concern them. */
export function heard(before: Warnings, message: FactMessage): Warnings {
  if (message.kind === "StorageForetold") {
    const fact = message.fact as StorageForetold;
    return { ...before, floorBrokenInDays: fact.warning ? fact.floor_broken_in_days : null };
  }
  if (message.kind === "DiskChanged") {
    const fact = message.fact as DiskChanged;
    const disks = new Map(before.disks);
    if (fact.reason === "") disks.delete(fact.disk);
    else disks.set(fact.disk, fact.reason);
    return { ...before, disks };
  }
  return before;
}
