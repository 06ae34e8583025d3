/** The time of day as the screen shows it, in milliseconds; it ticks four times a second. */

class Ticking {
  ms = $state(Date.now());
  #timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    this.#timer ??= setInterval(() => (this.ms = Date.now()), 250);
  }
}

export const ticking = new Ticking();
