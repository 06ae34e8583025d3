/** The shapes of a wall: how many pictures, and where each one stands on a grid. Pure. */

export interface Cell {
  /** From 1, as CSS grid lines count. */
  column: number;
  row: number;
  span: number;
}

export interface Layout {
  pictures: number;
  columns: number;
  rows: number;
  cells: readonly Cell[];
}

function even(columns: number, rows: number): Layout {
  const cells = Array.from({ length: columns * rows }, (_, at) => ({
    column: (at % columns) + 1,
    row: Math.floor(at / columns) + 1,
    span: 1,
  }));
  return { pictures: cells.length, columns, rows, cells };
}

/** One large picture with small ones to its right and below it: 1+5, 1+7. */
function led(side: number): Layout {
  const small = even(side, side).cells.filter((cell) => cell.column === side || cell.row === side);
  const cells = [{ column: 1, row: 1, span: side - 1 }, ...small];
  return { pictures: cells.length, columns: side, rows: side, cells };
}

export const LAYOUTS: readonly Layout[] = [
  even(1, 1),
  even(2, 1),
  even(2, 2),
  led(3),
  led(4),
  even(3, 3),
  even(4, 3),
  even(4, 4),
  even(5, 5),
  even(6, 6),
];

export function layoutOf(pictures: number): Layout {
  return LAYOUTS.find((layout) => layout.pictures === pictures) ?? (LAYOUTS[2] as Layout);
}

/** The next or the previous shape, around the end. */
export function nextLayout(pictures: number, step: 1 | -1): number {
  const at = LAYOUTS.findIndex((layout) => layout.pictures === pictures);
  return (LAYOUTS[(at + step + LAYOUTS.length) % LAYOUTS.length] as Layout).pictures;
}
