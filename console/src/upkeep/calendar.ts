/** The month as rows of squares: which camera stands first, and what a square says. Pure. */

import type { Calendar, Day, DayMark, JudgedCamera } from "./model.ts";

export interface Row {
  camera: JudgedCamera;
  /** One for each day; null: not judged. */
  squares: (DayMark | null)[];
  failedDays: number;
  mean: number | null;
}

/** The days of a month, `2026-11`. */
export function daysOf(month: string): Day[] {
  const [year = 0, number = 1] = month.split("-").map(Number);
  const count = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return Array.from({ length: count }, (_, at) => `${month}-${String(at + 1).padStart(2, "0")}`);
}

/** `2026-11` and -1 give `2026-10`. */
export function monthFrom(month: string, step: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + step, 1)).toISOString().slice(0, 7);
}

/** Worst first: by the newest judged day, then by the days that failed, then by what was recorded. */
export function rowsOf(calendar: Calendar, days: readonly Day[], text: string): Row[] {
  const at = new Map(days.map((day, number) => [day, number]));
  const rows = new Map<string, Row>();
  for (const camera of calendar.cameras) {
    rows.set(camera.id, { camera, squares: days.map(() => null), failedDays: 0, mean: null });
  }
  for (const mark of calendar.marks) {
    const row = rows.get(mark.camera_id);
    const number = at.get(mark.day);
    if (row && number !== undefined) row.squares[number] = mark;
  }
  for (const row of rows.values()) {
    const judged = row.squares.filter((mark) => mark !== null);
    row.failedDays = judged.filter((mark) => mark.verdict === "not_met").length;
    const shares = judged.map((mark) => mark.availability).filter((share) => share !== null);
    row.mean = shares.length ? shares.reduce((sum, share) => sum + share, 0) / shares.length : null;
  }
  const wanted = text.trim().toLocaleLowerCase();
  return [...rows.values()]
    .filter((row) => row.camera.name.toLocaleLowerCase().includes(wanted))
    .sort(
      (a, b) =>
        badness(b) - badness(a) ||
        b.failedDays - a.failedDays ||
        (a.mean ?? 2) - (b.mean ?? 2) ||
        a.camera.name.localeCompare(b.camera.name, undefined, { numeric: true }),
    );
}

/** How much failed on the last judged day. */
function badness(row: Row): number {
  const last = row.squares.findLast((mark) => mark !== null);
  return last?.verdict === "not_met" ? last.failed.length : 0;
}

/** `good`, `near` (met, with some loss), `bad`, `worse` (half the day or more is missing), `unmeasured`, `empty`. */
export function toneOf(mark: DayMark | null): string {
  if (mark === null) return "empty";
  if (mark.verdict === "not_measured") return "unmeasured";
  if (mark.verdict === "not_met") return (mark.availability ?? 1) < 0.5 ? "worse" : "bad";
  return (mark.availability ?? 1) < 0.995 ? "near" : "good";
}
