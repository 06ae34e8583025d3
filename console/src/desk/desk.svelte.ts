/** What the operator has in hand: what is shown in the centre, which camera and which routes the map points at. */

import type { Position, Proposal } from "../state/model.ts";

export type CentreView = "map" | "wall" | "both";

const STORED_VIEW = "sereno.centre";
const STORED_SOUND = "sereno.sound";

class DeskStore {
  view = $state<CentreView>((localStorage.getItem(STORED_VIEW) as CentreView | null) ?? "both");
  sound = $state(localStorage.getItem(STORED_SOUND) !== "off");
  help = $state(false);
  command = $state(false);
  wallPage = $state(0);
  /** The camera that the wall puts first and the map marks. */
  camera = $state<string | null>(null);
  /** Where the map should go; a new object each time, so that the same place can be asked for again. */
  target = $state.raw<{ position: Position; zoom: number } | null>(null);
  proposals = $state.raw<readonly Proposal[]>([]);
  chosen = $state<string | null>(null);

  show(view: CentreView): void {
    this.view = view;
    localStorage.setItem(STORED_VIEW, view);
  }

  toggleSound(): void {
    this.sound = !this.sound;
    localStorage.setItem(STORED_SOUND, this.sound ? "on" : "off");
  }

  lookAt(position: Position, zoom = 16.2): void {
    this.target = { position, zoom };
  }

  clearProposals(): void {
    this.proposals = [];
    this.chosen = null;
  }
}

export const desk = new DeskStore();
