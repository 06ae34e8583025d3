/** The order of the queue: what waits first, the most urgent and then the oldest on top. Pure. */

import type { Alert } from "../state/model.ts";

export function waitingAlerts(alerts: Iterable<Alert>): Alert[] {
  return [...alerts]
    .filter((alert) => alert.state !== "decided")
    .sort((a, b) => a.priority - b.priority || (a.at < b.at ? -1 : 1));
}

/** The newest decision first. */
export function decidedAlerts(alerts: Iterable<Alert>, most: number): Alert[] {
  return [...alerts]
    .filter((alert) => alert.state === "decided")
    .sort((a, b) => ((a.decided_at ?? "") < (b.decided_at ?? "") ? 1 : -1))
    .slice(0, most);
}
