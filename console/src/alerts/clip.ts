/** Fetches the recording of a span over a ticket and feeds it to a player as it arrives. */

import { fetchMedia, fetchTicket, type TicketRequest } from "../state/media.ts";
import { canPlay, Feeder } from "../wall/feeder.ts";

export interface Clip {
  feeder: Feeder;
  codec: string;
  /** Wall instant, in milliseconds, and media ticks of the first sample. */
  wallMs: number;
  mediaTicks: number;
  /** False when what follows needs a clip of its own: the camera's settings or the clock were changed. */
  complete: boolean;
  /** Resolves when all of it was fed. */
  whole: Promise<void>;
}

export class CodecUnplayable extends Error {
  readonly codec: string;

  constructor(codec: string) {
    super(codec);
    this.codec = codec;
  }
}

/** Raises ApiError, or CodecUnplayable when this browser does not know the codec. */
export async function openClip(request: TicketRequest, signal: AbortSignal): Promise<Clip> {
  const { ticket, url } = await fetchTicket(request);
  const response = await fetchMedia(url, { Authorization: `Bearer ${ticket}` }, signal);
  const codec = response.headers.get("X-Sereno-Codec") ?? "";
  if (!canPlay(codec)) throw new CodecUnplayable(codec);
  const feeder = new Feeder(codec);
  return {
    feeder,
    codec,
    wallMs: Date.parse(response.headers.get("X-Sereno-Wall") ?? ""),
    complete: (response.headers.get("X-Sereno-End") ?? "complete") === "complete",
    mediaTicks: Number(response.headers.get("X-Sereno-Media")),
    whole: feed(response, feeder),
  };
}

async function feed(response: Response, feeder: Feeder): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      feeder.append(value);
    }
  } finally {
    // A line that broke leaves what came before it playable.
    feeder.end();
  }
}
