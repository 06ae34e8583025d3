import { type Catalogue, es } from "./es.ts";

export const pt: Catalogue = es;
