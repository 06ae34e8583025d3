/** The wall of this window: its pages, which one is shown, the tour, and what is saved in the centre. */

import { get, post, put, remove } from "../state/api.ts";
import { layoutOf, nextLayout } from "./layouts.ts";
import { begun, paused, stepped, type Tour, touched } from "./tour.ts";

export interface WallPage {
  layout: number;
  cells: string[];
  dwell_s: number;
}

export interface Wall {
  id: string;
  name: string;
  owner_id: string;
  owner: string;
  shared: boolean;
  pages: WallPage[];
}

const STORED_LAYOUT = "sereno.wallLayout";
const DWELL_S = 15;

class WallStore {
  saved = $state.raw<readonly Wall[]>([]);
  /** The saved wall that is shown; null shows all cameras in turn. */
  shown = $state.raw<Wall | null>(null);
  /** What is being arranged; null while nobody does. */
  draft = $state<WallPage[] | null>(null);
  layout = $state(Number(localStorage.getItem(STORED_LAYOUT)) || 4);
  tour = $state.raw<Tour>({ running: false, page: 0, leavesMs: 0 });
  /** A camera that is shown alone for a moment. */
  alone = $state<string | null>(null);
  failure = $state.raw<unknown>(null);

  async load(): Promise<void> {
    try {
      this.saved = await get<Wall[]>("/walls");
      this.failure = null;
    } catch (refused) {
      this.failure = refused;
    }
  }

  /** Every page, of the draft, of the saved wall, or of all cameras in their order. */
  pagesOf(cameraIds: readonly string[]): readonly WallPage[] {
    if (this.draft) return this.draft;
    if (this.shown) return this.shown.pages;
    const size = layoutOf(this.layout).pictures;
    const pages = Math.max(1, Math.ceil(cameraIds.length / size));
    return Array.from({ length: pages }, (_, at) => ({
      layout: this.layout,
      cells: cameraIds.slice(at * size, (at + 1) * size),
      dwell_s: DWELL_S,
    }));
  }

  setLayout(pictures: number): void {
    this.alone = null;
    const page = this.draft?.[this.tour.page];
    if (page) {
      page.layout = pictures;
      page.cells = page.cells.slice(0, pictures);
      return;
    }
    this.layout = pictures;
    localStorage.setItem(STORED_LAYOUT, String(pictures));
    this.shown = null;
    this.tour = { ...paused(this.tour), page: 0 };
  }

  stepLayout(step: 1 | -1): void {
    this.setLayout(nextLayout(this.draft?.[this.tour.page]?.layout ?? this.layout, step));
  }

  turn(page: number, pages: readonly WallPage[]): void {
    this.alone = null;
    const wrapped = ((page % pages.length) + pages.length) % pages.length;
    const dwell = pages.map((one) => one.dwell_s);
    this.tour = { ...begun(wrapped, dwell, Date.now()), running: this.tour.running };
    this.touch();
  }

  show(wall: Wall | null): void {
    this.draft = null;
    this.alone = null;
    this.shown = wall;
    this.tour = wall && wall.pages.length > 1
      ? begun(0, wall.pages.map((page) => page.dwell_s), Date.now())
      : { running: false, page: 0, leavesMs: 0 };
  }

  toggleTour(pages: readonly WallPage[]): void {
    this.tour = this.tour.running
      ? paused(this.tour)
      : begun(Math.min(this.tour.page, pages.length - 1), pages.map((page) => page.dwell_s), Date.now());
  }

  /** Called now and then; while somebody looks at one camera or arranges, the tour waits. */
  step(pages: readonly WallPage[]): void {
    if (this.alone === null && this.draft === null) {
      this.tour = stepped(this.tour, pages.map((page) => page.dwell_s), Date.now());
    }
  }

  touch(): void {
    this.tour = touched(this.tour, Date.now());
  }

  arrange(pages: readonly WallPage[]): void {
    this.tour = paused(this.tour);
    this.alone = null;
    this.draft = pages.map((page) => ({ ...page, cells: [...page.cells] }));
  }

  async save(name: string, shared: boolean): Promise<boolean> {
    if (!this.draft) return false;
    const body = { name, shared, pages: this.draft.map((page) => ({ ...page, cells: [...page.cells] })) };
    try {
      const wall = this.shown
        ? await put<Wall>(`/walls/${this.shown.id}`, body)
        : await post<Wall>("/walls", body);
      await this.load();
      this.show(wall);
      return true;
    } catch (refused) {
      this.failure = refused;
      return false;
    }
  }

  async delete(wall: Wall): Promise<void> {
    try {
      await remove(`/walls/${wall.id}`);
      this.show(null);
      await this.load();
    } catch (refused) {
      this.failure = refused;
    }
  }
}

export const walls = new WallStore();
