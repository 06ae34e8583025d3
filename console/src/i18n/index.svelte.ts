/** The words of the screen: typed catalogues, Spanish first. */

import { en } from "./en.ts";
import { type Catalogue, es, type Key } from "./es.ts";
import { fill } from "./fill.ts";
import { pt } from "./pt.ts";

export const LANGUAGES = ["es", "en", "pt"] as const;
export type Language = (typeof LANGUAGES)[number];

const CATALOGUES: Record<Language, Catalogue> = { es, en, pt };
/** Regional formats: a date in Spanish is written as the site writes it, not as Spain does. */
const LOCALES: Record<Language, string> = { es: "es-AR", en: "en-GB", pt: "pt-BR" };
const STORED = "sereno.language";

class LanguageStore {
  current = $state<Language>(preferred());

  constructor() {
    document.documentElement.lang = this.current;
  }

  get locale(): string {
    return LOCALES[this.current];
  }

  choose(language: Language): void {
    this.current = language;
    localStorage.setItem(STORED, language);
    document.documentElement.lang = language;
  }

  /** The site's language, unless this person chose one on this machine. */
  adopt(language: string): void {
    const known = LANGUAGES.find((one) => one === language);
    if (known && localStorage.getItem(STORED) === null) this.current = known;
    document.documentElement.lang = this.current;
  }
}

function preferred(): Language {
  const wanted = [localStorage.getItem(STORED) ?? "", ...navigator.languages].map((name) => name.slice(0, 2));
  for (const name of wanted) {
    const known = LANGUAGES.find((one) => one === name);
    if (known) return known;
  }
  return "es";
}

export const language = new LanguageStore();

export type Values = Record<string, string | number>;

/** The text of `key` with `{name}` places filled. */
export function t(key: Key, values: Values = {}): string {
  return fill(CATALOGUES[language.current][key], values);
}

/** The text of a code that control sent, or undefined when no catalogue knows it. */
export function known(key: string, values: Values = {}): string | undefined {
  const catalogue = CATALOGUES[language.current];
  return key in catalogue ? fill(catalogue[key as Key], values) : undefined;
}
