/** Units and incidents on the map, as elements: they can be reached with the keyboard and read aloud. */

import type { Map as Chart, Marker } from "maplibre-gl";

import { t } from "../i18n/index.svelte.ts";
import { kindName } from "../incidents/kinds.svelte.ts";
import type { Incident, Unit } from "../state/model.ts";
import { arrived, type Glide, positionAt, towards } from "./gliding.ts";

const FRAME_MS = 33;

type MarkerOf = new (options: { element: HTMLElement; anchor?: "center" | "bottom" }) => Marker;

interface Shown {
  marker: Marker;
  element: HTMLElement;
  glide: Glide;
}

export class UnitMarkers {
  readonly #shown = new Map<string, Shown>();
  readonly #moving = new Set<string>();
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  readonly #map: Chart;
  readonly #markerOf: MarkerOf;
  #frame = 0;
  #paintedMs = 0;

  constructor(map: Chart, markerOf: MarkerOf) {
    this.#map = map;
    this.#markerOf = markerOf;
  }

  show(units: Iterable<Unit>): void {
    const nowMs = performance.now();
    const gone = new Set(this.#shown.keys());
    for (const unit of units) {
      gone.delete(unit.id);
      const shown = this.#shown.get(unit.id) ?? this.#add(unit, nowMs);
      this.#describe(shown.element, unit);
      const { to } = shown.glide;
      if (to.lat === unit.position.lat && to.lon === unit.position.lon) continue;
      shown.glide = towards(shown.glide, unit.position, nowMs);
      if (this.#still) shown.marker.setLngLat(unit.position);
      else this.#moving.add(unit.id);
    }
    for (const id of gone) {
      this.#shown.get(id)?.marker.remove();
      this.#shown.delete(id);
    }
    if (this.#moving.size > 0 && this.#frame === 0) this.#frame = requestAnimationFrame(this.#glide);
  }

  remove(): void {
    cancelAnimationFrame(this.#frame);
    for (const { marker } of this.#shown.values()) marker.remove();
    this.#shown.clear();
  }

  readonly #glide = (nowMs: number): void => {
    this.#frame = this.#moving.size > 0 ? requestAnimationFrame(this.#glide) : 0;
    if (nowMs - this.#paintedMs < FRAME_MS) return;
    this.#paintedMs = nowMs;
    for (const id of this.#moving) {
      const shown = this.#shown.get(id);
      if (shown) shown.marker.setLngLat(positionAt(shown.glide, nowMs));
      if (!shown || arrived(shown.glide, nowMs)) this.#moving.delete(id);
    }
  };

  #add(unit: Unit, nowMs: number): Shown {
    const element = document.createElement("div");
    element.append(document.createElement("i"), document.createElement("b"), document.createElement("span"));
    element.dataset["testid"] = "unit-marker";
    element.dataset["unit"] = unit.id;
    const marker = new this.#markerOf({ element }).setLngLat(unit.position).addTo(this.#map);
    const shown = { marker, element, glide: towards(undefined, unit.position, nowMs) };
    this.#shown.set(unit.id, shown);
    return shown;
  }

  #describe(element: HTMLElement, unit: Unit): void {
    const told = t("map.unit", {
      call: unit.call_sign,
      agency: t(`agency.${unit.agency}`),
      state: t(`unitState.${unit.state}`),
    });
    const [pointer, letter, name] = [...element.children] as [HTMLElement, HTMLElement, HTMLElement];
    // The whole turn is quantised, so that most fixes change no style.
    pointer.style.transform = `rotate(${Math.round(unit.bearing_deg / 5) * 5}deg)`;
    if (element.getAttribute("aria-label") === told) return;
    element.classList.add("unit");
    element.dataset["agency"] = unit.agency;
    element.dataset["state"] = unit.state;
    element.setAttribute("role", "img");
    element.setAttribute("aria-label", told);
    element.title = told;
    letter.textContent = t(`agencyLetter.${unit.agency}`);
    name.textContent = unit.call_sign;
  }
}

export class IncidentMarkers {
  readonly #shown = new Map<string, { marker: Marker; element: HTMLElement }>();

  readonly #map: Chart;
  readonly #markerOf: MarkerOf;
  readonly #onopen: (id: string) => void;

  constructor(map: Chart, markerOf: MarkerOf, onopen: (id: string) => void) {
    this.#map = map;
    this.#markerOf = markerOf;
    this.#onopen = onopen;
  }

  show(incidents: Iterable<Incident>): void {
    const gone = new Set(this.#shown.keys());
    for (const incident of incidents) {
      if (incident.state === "closed") continue;
      gone.delete(incident.id);
      const { element } = this.#shown.get(incident.id) ?? this.#add(incident);
      const told = t("map.incident", { number: incident.number, kind: kindName(incident.kind) });
      element.className = `${[...element.classList].filter((name) => name.startsWith("maplibregl")).join(" ")} pin p${incident.priority}`;
      element.dataset["state"] = incident.state;
      element.setAttribute("aria-label", told);
      element.title = told;
    }
    for (const id of gone) {
      this.#shown.get(id)?.marker.remove();
      this.#shown.delete(id);
    }
  }

  #add(incident: Incident): { marker: Marker; element: HTMLElement } {
    const element = document.createElement("button");
    const label = document.createElement("span");
    label.textContent = String(Number(incident.number.split("-").at(-1)));
    element.append(label);
    element.dataset["testid"] = "incident-pin";
    element.addEventListener("click", () => this.#onopen(incident.id));
    const marker = new this.#markerOf({ element, anchor: "bottom" }).setLngLat(incident.position).addTo(this.#map);
    const shown = { marker, element };
    this.#shown.set(incident.id, shown);
    return shown;
  }
}
