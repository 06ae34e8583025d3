/** Tickets of the media port: short, signed, for one camera and span; fetching one is an audited look. */

import { post, type Purpose } from "./api.ts";

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

export const TICKS_PER_S = 90_000;

/** Wall time in milliseconds of the picture at `mediaS` seconds, when `wallMs` belongs to `mediaTicks`. */
export function wallAt(mediaS: number, wallMs: number, mediaTicks: number): number {
  return wallMs + mediaS * 1000 - (mediaTicks * 1000) / TICKS_PER_S;
}
