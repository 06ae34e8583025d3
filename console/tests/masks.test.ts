import { describe, expect, it } from "vitest";

import { bodyOf, draftOf } from "../src/cameras/form.ts";
import { inserted, moved, outline, stepped, without } from "../src/cameras/mask.ts";
import type { Camera } from "../src/state/model.ts";

const SQUARE = [
  { x: 0.2, y: 0.2 },
  { x: 0.4, y: 0.2 },
  { x: 0.4, y: 0.4 },
  { x: 0.2, y: 0.4 },
];

describe("the areas of a mask", () => {
  it("keeps a dragged corner in the picture, and the others where they are", () => {
    expect(moved([SQUARE], 0, 1, { x: 1.3, y: -0.1 })).toEqual([[SQUARE[0], { x: 1, y: 0 }, SQUARE[2], SQUARE[3]]]);
  });

  it("adds a corner halfway to the next one, also after the last", () => {
    expect(inserted([SQUARE], 0, 3)[0]).toEqual([...SQUARE, { x: 0.2, y: expect.closeTo(0.3) }]);
  });

  it("drops an area that has too few corners left", () => {
    expect(without([SQUARE], 0, 0)[0]).toHaveLength(3);
    expect(without([SQUARE, SQUARE.slice(1)], 1, 0)).toEqual([SQUARE]);
  });

  it("steps by arrow keys, further with shift, never out of the picture", () => {
    expect(stepped({ x: 0.5, y: 0.5 }, "ArrowLeft", false)).toEqual({ x: 0.49, y: 0.5 });
    expect(stepped({ x: 0.5, y: 0.98 }, "ArrowDown", true)).toEqual({ x: 0.5, y: 1 });
    expect(stepped({ x: 0.5, y: 0.5 }, "a", false)).toBeNull();
  });

  it("is outlined in fractions", () => {
    expect(outline(SQUARE.slice(0, 2))).toBe("0.2,0.2 0.4,0.2");
  });
});

it("sends mask and private ground with an edit, and an emptied mask as empty", () => {
  const camera = {
    view: { position: { lat: 0, lon: 0 }, bearing_deg: 0, field_of_view_deg: 70, range_m: 60 },
    overlooks_private: true,
    masks_itself: false,
    mask: [SQUARE],
  } as unknown as Camera;
  const draft = draftOf(camera);

  expect(bodyOf(draft, draft)).toMatchObject({ overlooks_private: true, masks_itself: false, mask: [SQUARE] });
  expect(bodyOf({ ...draft, mask: [] }, draft)["mask"]).toEqual([]);
});
