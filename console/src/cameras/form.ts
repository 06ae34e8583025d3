/** What the form of a camera holds, and what of it is sent. Pure. */

import type { Camera, PlaceKind, Point } from "../state/model.ts";

/** The addresses as an editor gets them: shortened, so an empty field means that they stay. */
export interface EditableCamera extends Camera {
  main_url: string;
  sub_url: string;
  onvif_url: string;
}

export interface Draft {
  main_url: string;
  sub_url: string;
  onvif_url: string;
  name: string;
  place: PlaceKind;
  group: string;
  owner: string;
  lat: number;
  lon: number;
  bearing_deg: number;
  field_of_view_deg: number;
  range_m: number;
  transport: "tcp" | "udp";
  audio: boolean;
  one_session: boolean;
  ptz: boolean;
  quota_gb: number | null;
  keep_days: number | null;
  detector: string;
  tiles: number;
  overlooks_private: boolean;
  masks_itself: boolean;
  mask: Point[][];
  quiet_areas: Point[][];
  enabled: boolean;
}

export function draftOf(camera: Camera): Draft {
  const { position, ...view } = camera.view;
  const { name, place, group, owner, transport, audio, one_session, ptz, quota_gb, keep_days, enabled } = camera;
  const { detector, tiles, overlooks_private, masks_itself, mask, quiet_areas } = camera;
  const kept = { name, place, group, owner, transport, audio, one_session, ptz, quota_gb, keep_days, enabled };
  const seen = { detector, tiles, overlooks_private, masks_itself, mask, quiet_areas };
  return { main_url: "", sub_url: "", onvif_url: "", ...kept, ...seen, ...position, ...view };
}

/** A new camera, beside the others: they are mostly of one owner and in one town. */
export function blankBeside(other: Camera | undefined): Draft {
  return {
    main_url: "",
    sub_url: "",
    onvif_url: "",
    name: "",
    place: "avenue",
    group: other?.group ?? "centro",
    owner: other?.owner ?? "",
    lat: other?.view.position.lat ?? 0,
    lon: other?.view.position.lon ?? 0,
    bearing_deg: 0,
    field_of_view_deg: 70,
    range_m: 60,
    transport: "tcp",
    audio: false,
    one_session: false,
    ptz: false,
    quota_gb: null,
    keep_days: null,
    detector: "",
    tiles: 1,
    overlooks_private: false,
    masks_itself: false,
    mask: [],
    quiet_areas: [],
    enabled: true,
  };
}

/** The body of POST, or of PATCH when `before` is given: addresses left empty stay as they are, 0 takes a limit away. */
export function bodyOf(draft: Draft, before: Draft | null): Record<string, unknown> {
  const { lat, lon, bearing_deg, field_of_view_deg, range_m, ...rest } = draft;
  const body: Record<string, unknown> = {
    ...rest,
    view: { position: { lat, lon }, bearing_deg, field_of_view_deg, range_m },
  };
  if (before) {
    for (const name of ["main_url", "sub_url", "onvif_url"] as const) if (draft[name] === "") delete body[name];
    for (const name of ["quota_gb", "keep_days"] as const) body[name] = draft[name] ?? 0;
  }
  return body;
}

/** The address with a login, as cameras take it. */
export function withLogin(url: string, user: string, password: string): string {
  if (user === "") return url;
  return url.replace(/^(\w+:\/\/)(?:[^@/]*@)?/, `$1${encodeURIComponent(user)}:${encodeURIComponent(password)}@`);
}

export interface Profile {
  token: string;
  name: string;
  codec: string;
  width: number;
  height: number;
  fps: number;
  bitrate_kbps: number;
  stream_url: string;
  ptz: boolean;
}

/** The largest stream for recording; of the others, the largest H.264 of VGA or less, else the smallest, for small tiles. */
export function chosenOf(profiles: readonly Profile[]): { main: Profile | null; sub: Profile | null } {
  const bySize = [...profiles].sort((a, b) => b.width * b.height - a.width * a.height);
  const main = bySize[0] ?? null;
  const others = bySize.slice(1).filter((one) => one.codec === "h264");
  return { main, sub: others.find((one) => one.width <= 720) ?? others.at(-1) ?? null };
}
