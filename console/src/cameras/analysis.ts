import type { ObjectKind } from "../alerts/model.ts";

/** How a camera's analysis does, as `GET /analysis` tells. */
export interface CameraAnalysis {
  camera_id: string;
  /** Empty when the camera is looked at. */
  fault: string;
  message: string;
  advice: string;
  frames_read: number;
  /** Of `frames_read`, those that nobody had time for. */
  shed: number;
}

/** By camera, the share of frames since `before` that nobody looked at; a count that fell began anew. */
export function shedShares(before: readonly CameraAnalysis[], now: readonly CameraAnalysis[]): Map<string, number> {
  const earlier = new Map(before.map((one) => [one.camera_id, one]));
  return new Map(
    now.map((one) => {
      const was = earlier.get(one.camera_id);
      const anew = !was || one.frames_read < was.frames_read || one.shed < was.shed;
      const frames = one.frames_read - (anew ? 0 : was.frames_read);
      return [one.camera_id, frames > 0 ? Math.min(1, (one.shed - (anew ? 0 : was.shed)) / frames) : 0];
    }),
  );
}

/** A detector that a camera can be given; `kinds`: what a site's own looks for. */
export interface DetectorChoice {
  name: string;
  licence: string;
  own: boolean;
  kinds: ObjectKind[];
  /** Empty when nothing is known against it. */
  fault: string;
  message: string;
  advice: string;
}

/** `usual`: that of the cameras that name none. As `GET /detectors` tells. */
export interface DetectorList {
  usual: string;
  choices: DetectorChoice[];
}

export type DetectorGroup = "ours" | "joined" | "own";

/** The choices as a list shows them: ours, ours joined, the site's; without empty groups. */
export function grouped(choices: readonly DetectorChoice[]): [DetectorGroup, DetectorChoice[]][] {
  const of = (choice: DetectorChoice): DetectorGroup => (choice.own ? "own" : choice.name.includes("+") ? "joined" : "ours");
  return (["ours", "joined", "own"] as const)
    .map((group): [DetectorGroup, DetectorChoice[]] => [group, choices.filter((choice) => of(choice) === group)])
    .filter(([, found]) => found.length > 0);
}

/** What to say of `name`: its choice, or for one that the list has not, null. */
export function choiceOf(list: DetectorList, name: string): DetectorChoice | null {
  return list.choices.find((choice) => choice.name === (name || list.usual)) ?? null;
}

/** The fault to show beside a stream's own state: none of a camera that is off, nor what the stream says already. */
export function faultBeside(analysis: CameraAnalysis | undefined, enabled: boolean, streamReason: string): CameraAnalysis | null {
  if (!enabled || !analysis || analysis.fault === "" || analysis.fault === streamReason) return null;
  return analysis;
}
