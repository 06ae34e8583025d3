/** What a camera covers, as GeoJSON. Pure. */

import type { Alert, Camera, Health, Position, View } from "../state/model.ts";

export type ConeState = "alert" | "recording" | "connecting" | "lost" | "paused" | "off";

export interface ConeProperties {
  id: string;
  name: string;
  state: ConeState;
  alerts: number;
  chosen: boolean;
}

type Coordinate = [lon: number, lat: number];
type Cone = GeoJSON.Feature<GeoJSON.Polygon, ConeProperties>;
type Post = GeoJSON.Feature<GeoJSON.Point, ConeProperties>;

const METRES_PER_DEGREE = 111_195;
const ARC_STEPS = 16;

export interface Seen {
  cameras: Iterable<Camera>;
  health: ReadonlyMap<string, Health>;
  alerts: Iterable<Alert>;
  chosen: string | null;
}

/** One cone and one post for each camera. */
export function coverage(seen: Seen): { cones: Cone[]; posts: Post[] } {
  const waiting = new Map<string, number>();
  for (const alert of seen.alerts) {
    if (alert.state !== "decided") waiting.set(alert.camera_id, (waiting.get(alert.camera_id) ?? 0) + 1);
  }
  const cones: Cone[] = [];
  const posts: Post[] = [];
  for (const camera of seen.cameras) {
    const alerts = waiting.get(camera.id) ?? 0;
    const properties: ConeProperties = {
      id: camera.id,
      name: camera.name,
      state: stateOf(camera, seen.health.get(camera.id), alerts),
      alerts,
      chosen: camera.id === seen.chosen,
    };
    const ring = coneRing(camera.view);
    cones.push({ type: "Feature", properties, geometry: { type: "Polygon", coordinates: [ring] } });
    const { lon, lat } = camera.view.position;
    posts.push({ type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } });
  }
  return { cones, posts };
}

function stateOf(camera: Camera, health: Health | undefined, alerts: number): ConeState {
  if (!camera.enabled) return "off";
  const stream = health?.state ?? "connecting";
  return alerts > 0 && stream === "recording" ? "alert" : stream;
}

/** From the post along the arc and back; a camera that sees all around has no post in its ring. */
export function coneRing(view: View): Coordinate[] {
  const whole = view.field_of_view_deg >= 360;
  const from = view.bearing_deg - view.field_of_view_deg / 2;
  const arc = Array.from({ length: ARC_STEPS + 1 }, (_, step) =>
    ahead(view.position, from + (view.field_of_view_deg * step) / ARC_STEPS, view.range_m),
  );
  if (whole) return [...arc.slice(0, -1), arc[0] as Coordinate];
  const post: Coordinate = [view.position.lon, view.position.lat];
  return [post, ...arc, post];
}

function ahead(position: Position, bearingDeg: number, metres: number): Coordinate {
  const bearing = (bearingDeg * Math.PI) / 180;
  const north = (metres * Math.cos(bearing)) / METRES_PER_DEGREE;
  const east = (metres * Math.sin(bearing)) / (METRES_PER_DEGREE * Math.cos((position.lat * Math.PI) / 180));
  return [position.lon + east, position.lat + north];
}
