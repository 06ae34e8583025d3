/** The detail of an audit row, a JSON object of strings, as one line. */
export function detailOf(text: string): string {
  try {
    return Object.entries(JSON.parse(text) as Record<string, string>)
      .map(([name, value]) => `${name}: ${value}`)
      .join(" · ");
  } catch {
    return text;
  }
}
