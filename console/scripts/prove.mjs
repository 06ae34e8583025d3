// Proves that snapshot + facts = refetch: `node scripts/prove.mjs FILE` (or standard input) reads
// {"snapshot", "facts", "refetched"} and exits 1, naming what differs, when the console would show something else.

import { readFileSync } from "node:fs";

import { differences, fromSnapshot, reduce } from "../src/state/reduce.ts";

const { snapshot, facts, refetched } = JSON.parse(readFileSync(process.argv[2] ?? 0, "utf8"));
const wanted = fromSnapshot(refetched);
const found = differences(
  facts.filter((message) => message.seq <= wanted.seq).reduce(reduce, fromSnapshot(snapshot)),
  wanted,
);
for (const line of found) console.error(line);
console.log(`${facts.length} facts applied, ${found.length} differences`);
process.exit(found.length === 0 ? 0 : 1);
