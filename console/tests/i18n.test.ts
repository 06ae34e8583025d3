import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { en } from "../src/i18n/en.ts";
import { es } from "../src/i18n/es.ts";
import { fill } from "../src/i18n/fill.ts";
import { pt } from "../src/i18n/pt.ts";

const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

function sources(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(svelte|ts)$/.test(entry.name))
    .filter((entry) => !["es.ts", "en.ts", "pt.ts"].includes(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
}

describe.each([
  ["en", en],
  ["pt", pt],
])("catalogue %s", (_name, catalogue) => {
  it("has the keys of the Spanish one, in its order", () => {
    expect(Object.keys(catalogue)).toEqual(Object.keys(es));
  });

  it("fills the same places", () => {
    for (const [key, text] of Object.entries(es)) {
      expect(places(catalogue[key as keyof typeof es]), key).toEqual(places(text));
    }
  });

  it("leaves nothing empty", () => {
    expect(Object.entries(catalogue).filter(([, text]) => text.trim() === "")).toEqual([]);
  });
});

it("holds no text that the screen never shows", () => {
  const code = sources(join(import.meta.dirname, "../src"));
  const unused = Object.keys(es).filter((key) => {
    const family = key.slice(0, key.lastIndexOf(".") + 1);
    return !code.includes(`"${key}"`) && !code.includes(`\`${family}\${`);
  });
  expect(unused).toEqual([]);
});

it("leaves a place that has no value as it is", () => {
  expect(fill("{a} of {b}", { a: 1 })).toBe("1 of {b}");
});
