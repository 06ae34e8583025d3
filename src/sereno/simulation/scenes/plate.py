"""Argentine number plates in the Mercosur pattern.

Source: Decreto 53/2016 (AR), MERCOSUR/GMC/RES 33/14: 400 x 130 mm, blue band above, letters AA 000 AA.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sereno.simulation.scenes.mesh import Texture

PLATE_SIZE_M = (0.40, 0.13)
_WIDTH, _HEIGHT = 800, 260
_BLUE = (28, 62, 140)
_INK = (24, 24, 28)


def plate_texture(text: str) -> Texture:
    """The picture of a plate, 2 pixels a millimetre; ``text`` without spaces, as AF417KD."""
    image = Image.new("RGB", (_WIDTH, _HEIGHT), (236, 238, 240))
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 0, _WIDTH, 60], fill=_BLUE)
    draw.text((_WIDTH / 2, 31), "REPUBLICA ARGENTINA", (240, 240, 240), ImageFont.load_default(34), anchor="mm")
    x = 34.0
    for number, letter in enumerate(text):
        if number in (2, 5):
            x += 26
        glyph = _letter(letter)
        image.paste(_INK, (round(x), 80), glyph)
        x += glyph.width + 12
    draw.rounded_rectangle([3, 3, _WIDTH - 4, _HEIGHT - 4], 18, outline=(60, 60, 64), width=5)
    return np.asarray(image, np.uint8)


def _letter(letter: str) -> Image.Image:
    """A letter 158 pixels high and 85 wide, with strokes as bold as those of a plate."""
    drawn = Image.new("L", (300, 300), 0)
    font = ImageFont.load_default(190)
    ImageDraw.Draw(drawn).text((150, 150), letter, 255, font, anchor="mm", stroke_width=7)
    bounds = drawn.getbbox() or (0, 0, 300, 300)
    width = 42 if letter in "1I" else 85
    return drawn.crop(bounds).resize((width, 158), Image.Resampling.LANCZOS)
