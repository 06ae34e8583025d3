/** A soft bell for a new alert: two notes for the urgent, one for the rest. */

let context: AudioContext | null = null;
let rangAt = 0;

const URGENT = 2;
const REST_MS = 1_500;

export function ring(priority: number): void {
  const nowMs = performance.now();
  if (nowMs - rangAt < REST_MS) return;
  rangAt = nowMs;
  context ??= new AudioContext();
  // A browser keeps sound asleep until the page was touched; then the bell is silent and the screen still tells.
  if (context.state === "suspended") void context.resume();
  note(context, 660, 0);
  if (priority <= URGENT) note(context, 880, 0.18);
}

function note(on: AudioContext, frequency: number, afterS: number): void {
  const start = on.currentTime + afterS;
  const tone = on.createOscillator();
  const level = on.createGain();
  tone.frequency.value = frequency;
  level.gain.setValueAtTime(0, start);
  level.gain.linearRampToValueAtTime(0.12, start + 0.02);
  level.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
  tone.connect(level).connect(on.destination);
  tone.start(start);
  tone.stop(start + 0.55);
}
