"""A picture that redraws in a blink: what moves is painted over a background that is kept."""

from io import BytesIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from PIL import Image

from ..plots.picture import Picture

_MARGIN = 3  # pixels around a word: letters may reach beyond their measured box


class LivePicture(Picture):
    """A `Picture` whose moving parts are repainted alone, several times faster than the whole.

    Parameters
    ----------
    width, height : float
        Inches; 100 pixels each on the page.
    """

    def __init__(self, width, height):
        super().__init__(width, height)
        self.set_dpi(120)
        self._agg = FigureCanvasAgg(self)
        self._words = _Words(self._agg.get_renderer())
        self._moving = []
        self._laid_out, self._background = False, None

    def moving(self, *artists):
        """Declare parts that change from frame to frame; returns them (one as itself)."""
        self._moving += artists
        return artists[0] if len(artists) == 1 else artists

    def replace(self, old, new):
        """Let a new artist take the place of a moving one; returns the new one."""
        old.remove()
        self._moving[self._moving.index(old)] = new
        new.set_animated(self._laid_out)
        return new

    def forget_background(self):
        """Call after changing anything that does not move, such as the limits of an axis."""
        self._background = None

    def png(self):
        """The picture as it is now, as PNG bytes."""
        if not self._laid_out:
            self._agg.draw()  # lays out the page, once: later frames must not jump
            self.set_layout_engine("none")
            self._laid_out = True
            for artist in self._moving:
                artist.set_animated(True)
        if self._background is None:
            self._agg.draw()
            self._background = self._agg.copy_from_bbox(self.bbox)
        self._agg.restore_region(self._background)
        for artist in sorted(self._moving, key=lambda artist: artist.zorder):
            artist.draw(self._agg.get_renderer())
        return _png(np.asarray(self._agg.buffer_rgba()))


def _png(pixels):
    """PNG in 256 colours, compressed in haste: half the time and half the bytes of the usual."""
    image = Image.fromarray(pixels).convert("RGB")
    image = image.quantize(method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    image.putpalette([255 if level > 251 else level for level in image.getpalette()])  # pure white
    buffer = BytesIO()
    image.save(buffer, "png", compress_level=1)
    return buffer.getvalue()


class _Words:
    """Draws text from stamps: a word is set letter by letter once, and pasted ever after."""

    def __init__(self, renderer):
        self._renderer, self._set = renderer, renderer.draw_text
        self._stamps = {}
        renderer.draw_text = self.draw

    def draw(self, gc, x, y, text, font, angle, ismath=False, mtext=None):
        """In place of `RendererAgg.draw_text`."""
        if angle:
            return self._set(gc, x, y, text, font, angle, ismath, mtext)
        key = text, hash(font), gc.get_rgb()
        if key not in self._stamps:
            self._stamps[key] = self._stamp(gc, text, font, ismath, mtext)
        stamp, below = self._stamps[key]
        left, bottom = round(x) - _MARGIN, self._renderer.height - round(y) - below
        self._renderer.draw_image(gc, left, bottom, stamp)

    def _stamp(self, gc, text, font, ismath, mtext):
        """The word's pixels, bottom row first, and how many of the rows lie below the line."""
        size = self._renderer.get_text_width_height_descent(text, font, ismath)
        width, height, descent = (int(length) + 1 for length in size)
        below = descent + _MARGIN
        paper = RendererAgg(width + 2 * _MARGIN, height + _MARGIN + below, self._renderer.dpi)
        paper.draw_text(gc, _MARGIN, height + _MARGIN, text, font, 0, ismath, mtext)
        return np.asarray(paper.buffer_rgba())[::-1].copy(), below


def round_up(value):
    """The next round number: a limit for an axis that must not follow every little change."""
    unit = 10.0 ** np.floor(np.log10(value)) if value > 0 else 1.0
    return next(unit * n for n in (1, 1.5, 2, 3, 4, 6, 8, 10) if unit * n >= value)
