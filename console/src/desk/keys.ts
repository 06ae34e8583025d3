/** The keyboard: layers of bindings, the topmost that knows a key acts. Typing in a field is left alone. */

export type Bindings = Record<string, (event: KeyboardEvent) => void>;

export const LAYERS = { desk: 0, view: 1, part: 2, dialog: 3 } as const;
export type Layer = keyof typeof LAYERS;

interface Bound {
  layer: Layer;
  bindings: () => Bindings;
}

const bound: Bound[] = [];

/** Binds keys until the returned function is called. A dialog hides the layers below it. */
export function bindKeys(layer: Layer, bindings: () => Bindings): () => void {
  const entry = { layer, bindings };
  bound.push(entry);
  return () => void bound.splice(bound.indexOf(entry), 1);
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["range", "checkbox", "radio", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) && event.key !== "Escape") return;
  const layers = [...bound].sort((a, b) => LAYERS[b.layer] - LAYERS[a.layer]);
  for (const { layer, bindings } of layers) {
    const act = bindings()[event.key];
    if (act) {
      event.preventDefault();
      act(event);
      return;
    }
    if (layer === "dialog") return;
  }
}

addEventListener("keydown", onKey);
