/** Where the screen is: kept in the fragment of the address, so that a reload stays there. */

export type Route =
  | { page: "desk"; alert: string | null; incident: string | null }
  | { page: "cameras" }
  | { page: "units" }
  | { page: "audit" }
  | { page: "first-run"; token: string };

export function parse(fragment: string): Route {
  const [path = "", query = ""] = fragment.replace(/^#/, "").split("?");
  const [first = "", second = ""] = path.split("/").filter((part) => part !== "");
  if (first === "bienvenida") return { page: "first-run", token: new URLSearchParams(query).get("token") ?? "" };
  if (first === "cameras" || first === "units" || first === "audit") return { page: first };
  if (first === "alert" && second) return { page: "desk", alert: second, incident: null };
  if (first === "incident" && second) return { page: "desk", alert: null, incident: second };
  return { page: "desk", alert: null, incident: null };
}

class RouteStore {
  now = $state.raw<Route>(parse(location.hash));

  constructor() {
    addEventListener("hashchange", () => (this.now = parse(location.hash)));
  }

  go(path: string): void {
    location.hash = `#/${path}`;
  }
}

export const route = new RouteStore();
