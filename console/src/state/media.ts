/** Tickets of the media port: short, signed, for one camera and span; fetching one is an audited look. */

import { ApiError, post, type Purpose, retryAfterOf } from "./api.ts";

export interface Ticket {
  ticket: string;
  url: string;
  stream: "main" | "sub";
  expires_at: string;
}

export interface TicketRequest {
  camera_id: string;
  kind: "live" | "clip";
  /** A wish: a camera without a sub stream shows its main one. */
  stream?: "main" | "sub";
  began?: string;
  ended?: string;
  purpose: Purpose;
  case?: string | null;
}

export function fetchTicket(request: TicketRequest): Promise<Ticket> {
  return post<Ticket>("/tickets", request, { purpose: request.purpose, case: request.case ?? null });
}

/** An answer of the media port. Raises ApiError; a recorder that restarts is `recorder_unreachable`. */
export async function fetchMedia(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { headers, signal });
  } catch (failure) {
    if (signal.aborted) throw failure;
    throw new ApiError({ kind: "unavailable", code: "recorder_unreachable", message: "The recorder does not answer." });
  }
  if (response.ok) return response;
  const refused: unknown = await response.json().catch(() => null);
  const code = response.status === 503 ? "recorder_unreachable" : "clip_refused";
  throw new ApiError({ kind: "unavailable", code, message: `${response.status}`, ...(refused as object) }, retryAfterOf(response));
}

const USUAL_WAIT_S = 3;
const LONGEST_WAIT_S = 10;

/** After how many seconds what failed is worth another try; null when it is not. What comes sooner is shown sooner. */
export function worthAnotherTryInS(failure: unknown): number | null {
  if (!(failure instanceof ApiError) || failure.kind !== "unavailable" || failure.code === "clip_refused") return null;
  return Math.min(LONGEST_WAIT_S, failure.retryAfterS ?? USUAL_WAIT_S);
}

export const TICKS_PER_S = 90_000;

/** Wall time in milliseconds of the picture at `mediaS` seconds, when `wallMs` belongs to `mediaTicks`. */
export function wallAt(mediaS: number, wallMs: number, mediaTicks: number): number {
  return wallMs + mediaS * 1000 - (mediaTicks * 1000) / TICKS_PER_S;
}
