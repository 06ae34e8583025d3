/** Where the screen is: kept in the fragment of the address, so that a reload stays there. */

export type Route =
  | { page: "desk"; alert: string | null; incident: string | null }
  | { page: "cameras" }
  | { page: "units" }
  | { page: "storage" }
  | { page: "wall" }
  | { page: "audit" }
  | { page: "search" }
  | { page: "proof"; camera: string | null; day: string | null }
  | { page: "playback"; cameras: string[]; at: number | null; incident: string | null }
  | { page: "first-run"; token: string };

const PLAIN = ["cameras", "units", "storage", "wall", "audit", "search"] as const;

export function parse(fragment: string): Route {
  const [path = "", query = ""] = fragment.replace(/^#/, "").split("?");
  const [first = "", second = "", third = ""] = path.split("/").filter((part) => part !== "");
  if (first === "bienvenida") return { page: "first-run", token: new URLSearchParams(query).get("token") ?? "" };
  const plain = PLAIN.find((page) => page === first);
  if (plain) return { page: plain };
  if (first === "playback") return playbackOf(new URLSearchParams(query));
  if (first === "proof") return { page: "proof", camera: second || null, day: third || null };
  if (first === "alert" && second) return { page: "desk", alert: second, incident: null };
  if (first === "incident" && second) return { page: "desk", alert: null, incident: second };
  return { page: "desk", alert: null, incident: null };
}

function playbackOf(query: URLSearchParams): Route {
  const at = Date.parse(query.get("at") ?? "");
  const cameras = (query.get("cameras") ?? "").split(",").filter((id) => id !== "");
  return { page: "playback", cameras, at: Number.isNaN(at) ? null : at, incident: query.get("incident") };
}

/** The path of the playback page with those cameras at that instant. */
export function playbackPath(cameras: readonly string[], atMs: number, incident: string | null): string {
  const about = incident ? `&incident=${incident}` : "";
  return `playback?cameras=${cameras.join(",")}&at=${new Date(atMs).toISOString()}${about}`;
}

class RouteStore {
  now = $state.raw<Route>(parse(location.hash));

  constructor() {
    addEventListener("hashchange", () => (this.now = parse(location.hash)));
  }

  go(path: string): void {
    location.hash = `#/${path}`;
  }

  /** Stays on the playback page with other cameras; the address follows without a new step in the history. */
  goPlayback(cameras: readonly string[], atMs: number, incident: string | null): void {
    history.replaceState(null, "", `#/${playbackPath(cameras, atMs, incident)}`);
    this.now = parse(location.hash);
  }
}

export const route = new RouteStore();
