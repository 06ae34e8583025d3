import { type Catalogue, es } from "./es.ts";

export const en: Catalogue = es;
