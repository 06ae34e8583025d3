/** How wide a tile is drawn, and whether anybody can see it. */

/** While a tile changes its size, its stream stays. */
const SETTLE_MS = 400;

/** Tells the width in device pixels and the sight of `tile`, now and after each change, until the returned function is called. */
export function watchSize(
  tile: HTMLElement,
  tell: { onwidth: (px: number) => void; onseen: (seen: boolean) => void },
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let told = false;
  const sized = new ResizeObserver(([entry]) => {
    clearTimeout(timer);
    const width = (entry?.contentRect.width ?? 0) * devicePixelRatio;
    timer = setTimeout(() => tell.onwidth(width), told ? SETTLE_MS : 0);
    told ||= width > 0;
  });
  let inside = true;
  const look = (): void => tell.onseen(inside && document.visibilityState === "visible");
  const shown = new IntersectionObserver(([entry]) => {
    inside = entry?.isIntersecting ?? true;
    look();
  });
  sized.observe(tile);
  shown.observe(tile);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearTimeout(timer);
    sized.disconnect();
    shown.disconnect();
    document.removeEventListener("visibilitychange", look);
  };
}
