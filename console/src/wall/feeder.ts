/** One MediaSource with one video track, fed in order; old picture is dropped so that it runs for days. */

const KEEP_S = 12;

export class Feeder {
  readonly url: string;
  readonly #media = new MediaSource();
  readonly #waiting: BufferSource[] = [];
  #buffer: SourceBuffer | null = null;
  #ended = false;
  #trimBefore: number | null = null;
  onfailure: (reason: string) => void = () => undefined;

  constructor(codec: string) {
    this.url = URL.createObjectURL(this.#media);
    this.#media.addEventListener("sourceopen", () => {
      const buffer = this.#media.addSourceBuffer(mimeOf(codec));
      buffer.addEventListener("updateend", () => this.#next());
      buffer.addEventListener("error", () => this.onfailure("buffer"));
      this.#buffer = buffer;
      this.#next();
    });
  }

  append(bytes: BufferSource): void {
    this.#waiting.push(bytes);
    this.#next();
  }

  /** No more will come: the picture has an end. */
  end(): void {
    this.#ended = true;
    this.#next();
  }

  /** Drops what lies more than a few seconds before `currentS`. */
  forgetBefore(currentS: number): void {
    const first = this.#buffer?.buffered.length ? this.#buffer.buffered.start(0) : null;
    if (first !== null && currentS - first > 2 * KEEP_S) {
      this.#trimBefore = currentS - KEEP_S;
      this.#next();
    }
  }

  get backlog(): number {
    return this.#waiting.length;
  }

  close(): void {
    this.#waiting.length = 0;
    this.#buffer = null;
    URL.revokeObjectURL(this.url);
  }

  #next(): void {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#media.readyState !== "open") return;
    try {
      if (this.#trimBefore !== null) {
        const before = this.#trimBefore;
        this.#trimBefore = null;
        buffer.remove(0, before);
      } else if (this.#waiting.length > 0) {
        buffer.appendBuffer(joined(this.#waiting.splice(0)));
      } else if (this.#ended) {
        this.#media.endOfStream();
      }
    } catch (failure) {
      this.onfailure(String(failure));
    }
  }
}

export function canPlay(codec: string): boolean {
  return MediaSource.isTypeSupported(mimeOf(codec));
}

function mimeOf(codec: string): string {
  return `video/mp4; codecs="${codec}"`;
}

/** One append for all that waits: appends are queued one by one by the browser and each costs a task. */
function joined(parts: readonly BufferSource[]): BufferSource {
  if (parts.length === 1 && parts[0]) return parts[0];
  const views = parts.map((part) =>
    ArrayBuffer.isView(part) ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength) : new Uint8Array(part),
  );
  const whole = new Uint8Array(views.reduce((size, view) => size + view.byteLength, 0));
  let at = 0;
  for (const view of views) {
    whole.set(view, at);
    at += view.byteLength;
  }
  return whole;
}
