/** One person's search: what is asked and for what purpose, what was found, and who looks like it or where it went. */

import { post } from "../state/api.ts";
import type {
  AlikeAnswer,
  Answer,
  Counts,
  DayFault,
  Found,
  JourneyAnswer,
  Purpose,
  PurposeBody,
  Query,
  UnderstoodWords,
  UnknownWords,
} from "./model.ts";

const PAGE = 60;

export type Aside =
  | { kind: "alike"; of: Found; answer: AlikeAnswer }
  | { kind: "journey"; of: Found; answer: JourneyAnswer };

/** It outlives the page: who looks at a recording and comes back finds the answer still there. */
class Searching {
  purpose = $state<Purpose>("incident");
  incident = $state("");
  reason = $state("");
  words = $state("");
  query = $state.raw<Partial<Query>>({});
  rows = $state.raw<readonly Found[]>([]);
  understood = $state.raw<readonly UnderstoodWords[]>([]);
  unknown = $state.raw<readonly UnknownWords[]>([]);
  counts = $state.raw<Counts | null>(null);
  faults = $state.raw<readonly DayFault[]>([]);
  reached = $state.raw<string | null>(null);
  cursor = $state.raw<string | null>(null);
  aside = $state.raw<Aside | null>(null);
  asked = $state(false);
  busy = $state(false);
  failure = $state.raw<unknown>(null);
  chosen = $state<string | null>(null);
  #number = 0;

  /** Whether it is said what the search is for. */
  get stated(): boolean {
    return this.purpose === "incident" ? this.incident !== "" : this.reason.trim() !== "";
  }

  /** Words or anything else that narrows. */
  get empty(): boolean {
    return this.words.trim() === "" && Object.keys(this.query).length === 0;
  }

  get why(): PurposeBody {
    const about = this.purpose === "incident" ? { incident_id: this.incident } : { reason: this.reason.trim() };
    return { purpose: this.purpose, ...about };
  }

  set<K extends keyof Query>(key: K, value: Query[K] | undefined): void {
    const { [key]: _before, ...rest } = this.query;
    const nothing = value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
    this.query = nothing ? rest : { ...rest, [key]: value };
  }

  async search(): Promise<void> {
    await this.#ask(async (mine) => {
      const asked = { ...this.why, words: this.words, query: this.query, limit: PAGE, counts: true };
      const answer = await post<Answer>("/search", asked);
      if (!mine()) return;
      this.rows = answer.page.rows;
      this.understood = answer.understood;
      this.unknown = answer.not_understood;
      this.counts = answer.page.counts;
      this.#kept(answer);
      this.aside = null;
      this.asked = true;
      this.chosen = this.rows[0]?.id ?? null;
    });
  }

  async more(): Promise<void> {
    const cursor = this.cursor;
    if (cursor === null || this.busy) return;
    await this.#ask(async (mine) => {
      const asked = { ...this.why, words: this.words, query: this.query, limit: PAGE, cursor };
      const answer = await post<Answer>("/search", asked);
      if (!mine()) return;
      this.rows = [...this.rows, ...answer.page.rows];
      this.#kept(answer);
    });
  }

  async alike(of: Found): Promise<void> {
    await this.#ask(async (mine) => {
      const answer = await post<AlikeAnswer>("/search/appearance", { ...this.why, observation_id: of.id, limit: PAGE });
      if (mine()) this.aside = { kind: "alike", of, answer };
    });
  }

  async journey(of: Found): Promise<void> {
    await this.#ask(async (mine) => {
      const what = of.plate ? { plate: of.plate.text } : { observation_id: of.id };
      const answer = await post<JourneyAnswer>("/search/journey", { ...this.why, ...what });
      if (mine()) this.aside = { kind: "journey", of, answer };
    });
  }

  clear(): void {
    [this.words, this.query, this.failure] = ["", {}, null];
  }

  #kept({ page }: Answer): void {
    this.cursor = page.cursor;
    this.faults = page.faults;
    this.reached = page.timed_out ? page.reached : null;
  }

  /** Only the newest question is answered; what comes late for an older one is dropped. */
  async #ask(how: (mine: () => boolean) => Promise<void>): Promise<void> {
    const number = ++this.#number;
    const mine = (): boolean => number === this.#number;
    this.busy = true;
    this.failure = null;
    try {
      await how(mine);
    } catch (refused) {
      if (mine()) this.failure = refused;
    }
    if (mine()) this.busy = false;
  }
}

export const searching = new Searching();
