import { mount } from "svelte";

import App from "./App.svelte";
import { centre } from "./state/centre.svelte.ts";
import type { SeekTrace } from "./playback/following.ts";
import "./tokens.css";
import "./base.css";

declare global {
  interface Window {
    /** What the screen knows, for tests and for whoever diagnoses a console. */
    sereno: {
      state: () => unknown;
      seq: () => number;
      link: () => string;
      /** Set by the map once its cones are drawn. */
      conesLoaded: boolean;
      /** While playback is open: goes to an instant and tells, in milliseconds, when all pictures stood there. */
      playback?: { seek: (ms: number) => Promise<SeekTrace[]>; shown: () => (number | null)[]; clock: () => number };
    };
  }
}

window.sereno = {
  state: () =>
    Object.fromEntries(
      Object.entries(centre.now).map(([name, value]) => [
        name,
        value instanceof Map ? Object.fromEntries(value) : value,
      ]),
    ),
  seq: () => centre.now.seq,
  link: () => centre.link,
  conesLoaded: false,
};

const target = document.getElementById("app");
if (target === null) throw new Error("The page has no #app.");
mount(App, { target });
