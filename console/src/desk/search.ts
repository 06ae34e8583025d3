/** Finding a thing by part of its name, blind to accents and case. */

export interface Named {
  name: string;
}

/** Names that begin with the text first, then those with a word that does, then those that hold it anywhere. */
export function bestMatches<T extends Named>(things: readonly T[], text: string, most: number): T[] {
  const wanted = plain(text.trim());
  return things
    .map((thing) => ({ thing, rank: rank(plain(thing.name), wanted) }))
    .filter((match) => match.rank < Infinity)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map((match) => match.thing);
}

function rank(name: string, wanted: string): number {
  if (name.startsWith(wanted)) return 0;
  if (name.includes(` ${wanted}`)) return 1;
  return name.includes(wanted) ? 2 : Infinity;
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
