/** Numbers and instants in the reader's language and the site's time zone. Pure. */

const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(language: string, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language}|${zone}|${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(language, { timeZone: zone, hourCycle: "h23", ...options });
    formats.set(key, format);
  }
  return format;
}

/** `21:04:09`. */
export function timeOfDay(at: Date, language: string, zone: string): string {
  return dateFormat(language, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
}

/** `22/11/2026, 21:04:09 GMT-3`: for whatever may be read on another day or elsewhere. */
export function dateTime(at: Date, language: string, zone: string): string {
  return dateFormat(language, zone, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  }).format(at);
}

/** `22/11, 21:04:09`. */
export function dayAndTime(at: Date, language: string, zone: string): string {
  return dateFormat(language, zone, {
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).format(at);
}

/** `GMT-3`, as it is written beside the clock. */
export function zoneName(at: Date, language: string, zone: string): string {
  const parts = dateFormat(language, zone, { timeZoneName: "short" }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}

/** Travel times and clocks of an assignment: `4:07`. */
export function minutesSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Ages: `8 s`, `3:05`, `2 h 04`, `3 d`. */
export function age(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return minutesSeconds(whole);
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${String(Math.floor(whole / 60) % 60).padStart(2, "0")}`;
  return `${Math.floor(whole / 86_400)} d`;
}

export function distance(metres: number, language: string): string {
  const tens = Math.round(metres / 10) * 10;
  return tens < 1000 ? `${tens} m` : `${decimal(metres / 1000, language, 1)} km`;
}

export function decimal(value: number, language: string, digits = 1): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
}

/** What people call the codec of an RFC 6381 string: `avc1.64001f` is H.264. */
export function codecName(codec: string): string {
  if (/^(avc[13]|h264)/.test(codec)) return "H.264";
  if (/^(hvc1|hev1|h265|hevc)/.test(codec)) return "H.265";
  return codec;
}

export function bytes(size: number, language: string): string {
  if (size < 1e6) return `${decimal(size / 1e3, language, 0)} kB`;
  if (size < 1e9) return `${decimal(size / 1e6, language)} MB`;
  return size < 1e12 ? `${decimal(size / 1e9, language)} GB` : `${decimal(size / 1e12, language)} TB`;
}
