/** The look of the map: a dark town under bright work. Letters are drawn from the machine's own fonts. */

import type { LayerSpecification, StyleSpecification } from "maplibre-gl";

const FONT = ["sans-serif"];

export const NO_FEATURES: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

const STATE_COLOUR = [
  "match",
  ["get", "state"],
  "alert",
  "#ff5f56",
  "recording",
  "#62cf95",
  "connecting",
  "#8fa1b0",
  "paused",
  "#ffab4a",
  "lost",
  "#ffab4a",
  "#5d6e7c",
] as never;

/** `scale` is how much larger than on a small screen letters and symbols are drawn. */
export function style(basemap: GeoJSON.FeatureCollection, scale: number): StyleSpecification {
  const empty = { type: "geojson", data: NO_FEATURES } as const;
  return {
    version: 8,
    sources: {
      town: { type: "geojson", data: basemap, tolerance: 0.1 },
      cones: empty,
      posts: empty,
      routes: empty,
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": "#0d1318" } },
      ...basemapLayers(scale),
      ...workLayers(scale),
    ],
  };
}

function basemapLayers(scale: number): LayerSpecification[] {
  const of = (layer: string) => ["==", ["get", "layer"], layer] as never;
  const wide = (at13: number, at16: number, at18: number) =>
    ["interpolate", ["exponential", 1.6], ["zoom"], 13, at13, 16, at16, 18, at18] as never;
  const byClass = (main: number, rest: number) =>
    ["match", ["get", "class"], ["avenue", "highway"], main, rest] as never;
  return [
    { id: "town", type: "fill", source: "town", filter: of("town"), paint: { "fill-color": "#10171d" } },
    { id: "water", type: "fill", source: "town", filter: of("water"), paint: { "fill-color": "#12304a" } },
    { id: "block", type: "fill", source: "town", filter: of("block"), paint: { "fill-color": "#151e26" } },
    { id: "green", type: "fill", source: "town", filter: of("green"), paint: { "fill-color": "#15301f" } },
    {
      id: "street-edge",
      type: "line",
      source: "town",
      filter: of("street"),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": "#0a0f13",
        "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 13, byClass(3.4, 1.4), 16, byClass(14, 8), 18, byClass(40, 26)],
      },
    },
    {
      id: "street",
      type: "line",
      source: "town",
      filter: of("street"),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": ["match", ["get", "class"], ["avenue", "highway"], "#4a5c6b", "commercial", "#374654", "track", "#2c332f", "#33424f"],
        "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 13, byClass(2.4, 0.9), 16, byClass(11, 6), 18, byClass(34, 21)],
      },
    },
    {
      id: "way",
      type: "line",
      source: "town",
      filter: of("way"),
      paint: { "line-color": "#5d6a76", "line-width": wide(1, 2, 4), "line-dasharray": [4, 3] },
    },
    {
      id: "building",
      type: "fill",
      source: "town",
      minzoom: 14.6,
      filter: of("building"),
      paint: {
        "fill-color": ["match", ["get", "class"], ["house", "residential"], "#1f2a34", "#26333f"],
        "fill-outline-color": "#2f3d4a",
      },
    },
    {
      id: "oneway",
      type: "symbol",
      source: "town",
      minzoom: 15.8,
      filter: ["all", of("street"), ["==", ["get", "oneway"], true]],
      layout: { "symbol-placement": "line", "symbol-spacing": 170, "icon-image": "oneway", "icon-size": 0.5 * scale },
      paint: { "icon-opacity": 0.55 },
    },
    {
      id: "street-name",
      type: "symbol",
      source: "town",
      minzoom: 14.2,
      filter: of("street"),
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 320,
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": ["interpolate", ["linear"], ["zoom"], 14, 10 * scale, 17, 13 * scale],
        "text-padding": 8,
      },
      paint: { "text-color": "#a7b6c3", "text-halo-color": "#0d1318", "text-halo-width": 1.4 },
    },
    {
      id: "place-name",
      type: "symbol",
      source: "town",
      minzoom: 14.4,
      filter: of("place"),
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": 11.5 * scale,
        "text-max-width": 8,
        "icon-image": "place",
        "icon-size": 0.5 * scale,
        "text-anchor": "top",
        "text-offset": [0, 0.4],
        "text-optional": true,
      },
      paint: { "text-color": "#d6c79c", "text-halo-color": "#0d1318", "text-halo-width": 1.4 },
    },
  ];
}

function workLayers(scale: number): LayerSpecification[] {
  const offOrLost = ["match", ["get", "state"], ["lost", "off", "paused"], true, false] as never;
  return [
    {
      id: "cone-fill",
      type: "fill",
      source: "cones",
      paint: {
        "fill-color": STATE_COLOUR,
        "fill-opacity": ["match", ["get", "state"], "alert", 0.42, "recording", 0.17, 0.06],
      },
    },
    {
      id: "cone-line",
      type: "line",
      source: "cones",
      filter: ["!", offOrLost],
      paint: { "line-color": STATE_COLOUR, "line-width": ["case", ["get", "chosen"], 2.5, 1.2] },
    },
    {
      id: "cone-line-broken",
      type: "line",
      source: "cones",
      filter: offOrLost,
      paint: { "line-color": STATE_COLOUR, "line-width": 1.4, "line-dasharray": [3, 2] },
    },
    {
      id: "route-edge",
      type: "line",
      source: "routes",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": "#06121c", "line-width": ["case", ["get", "chosen"], 9, 5] },
    },
    {
      id: "route",
      type: "line",
      source: "routes",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": ["case", ["get", "chosen"], "#6cc0ff", "#46647c"],
        "line-width": ["case", ["get", "chosen"], 5, 2.5],
      },
    },
    {
      id: "post",
      type: "symbol",
      source: "posts",
      layout: {
        "icon-image": ["concat", "camera-", ["get", "state"]],
        "icon-size": 0.5 * scale,
        "icon-allow-overlap": true,
        "text-field": ["step", ["zoom"], "", 14.8, ["get", "name"]],
        "text-font": FONT,
        "text-size": 12 * scale,
        "text-anchor": "top",
        "text-offset": [0, 1.05],
        "text-optional": true,
      },
      paint: { "text-color": "#e8eef3", "text-halo-color": "#0b1015", "text-halo-width": 1.6 },
    },
  ];
}
