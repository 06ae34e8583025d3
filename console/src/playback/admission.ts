/** Leave to see a camera's recording, fetched before it is needed, so that a seek waits for none. */

import type { Purpose } from "../state/api.ts";
import { fetchTicket, type Ticket } from "../state/media.ts";

export interface Reason {
  purpose: Purpose;
  case: string | null;
}

export interface Span {
  began: number;
  ended: number;
}

interface Admission extends Span {
  ticket: Promise<Ticket>;
  until: number;
}

const HOUR_MS = 3_600_000;
/** What one ticket may span. */
const MOST_MS = 24 * HOUR_MS;
const LIFE_MS = 50_000;
const RENEW_MS = 20_000;
const ASK_AGAIN_MS = 5_000;

export class Admissions {
  readonly #cameraId: string;
  readonly #reason: Reason;
  #held: Admission | null = null;
  #next: Admission | null = null;
  #refusedUntil = 0;

  constructor(cameraId: string, reason: Reason) {
    this.#cameraId = cameraId;
    this.#reason = reason;
  }

  /** A ticket that is good at `ms`; of the hours around it, when none is held. */
  async to(ms: number): Promise<Ticket> {
    const held = this.#heldFor(ms) ?? this.#next;
    const admission = held && covers(held, ms) ? held : this.#ask({ began: ms - HOUR_MS, ended: ms + HOUR_MS });
    return admission.ticket;
  }

  /** Sees to it that one for `span` is held; `ms` is where it matters most. Asks no more often than it must. */
  renew(span: Span, ms: number): void {
    if (this.#next || performance.now() < this.#refusedUntil) return;
    const wanted = span.ended - span.began <= MOST_MS ? span : around(ms, span);
    const held = this.#heldFor(wanted.began);
    if (held && held.ended >= wanted.ended && held.until - performance.now() > RENEW_MS) return;
    this.#ask(wanted).ticket.catch(() => undefined);
  }

  /** The media port did not take it. */
  refused(): void {
    this.#held = null;
  }

  #heldFor(ms: number): Admission | null {
    const held = this.#held;
    return held && covers(held, ms) && held.until > performance.now() ? held : null;
  }

  #ask(span: Span): Admission {
    const asked = fetchTicket({
      camera_id: this.#cameraId,
      kind: "clip",
      began: new Date(span.began).toISOString(),
      ended: new Date(span.ended).toISOString(),
      ...this.#reason,
    });
    const admission: Admission = { ...span, ticket: asked, until: performance.now() + LIFE_MS };
    this.#next = admission;
    asked
      .then(() => (this.#held = admission))
      .catch(() => (this.#refusedUntil = performance.now() + ASK_AGAIN_MS))
      .finally(() => {
        if (this.#next === admission) this.#next = null;
      });
    return admission;
  }
}

function covers(span: Span, ms: number): boolean {
  return span.began <= ms && ms < span.ended;
}

/** In the night with an hour twice, the part of the day that `ms` is in. */
function around(ms: number, day: Span): Span {
  const began = Math.max(day.began, Math.min(ms - MOST_MS / 2, day.ended - MOST_MS));
  return { began, ended: began + MOST_MS };
}
