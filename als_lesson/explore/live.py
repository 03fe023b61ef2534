"""A picture that redraws in a blink: what moves is painted over a background that is kept."""

from io import BytesIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from ..picture import GREY, INK, Picture


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
        self._moving = []
        self._laid_out, self._background = False, None

    def moving(self, *artists):
        """Declare parts that change from frame to frame; returns them (one as itself)."""
        self._moving += artists
        return artists[0] if len(artists) == 1 else artists

    def forget_background(self):
        """Call after changing anything that does not move, such as the limits of an axis."""
        self._background = None

    def frame(self):
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
        pixels = Image.fromarray(np.asarray(self._agg.buffer_rgba())).convert("RGB")
        buffer = BytesIO()
        pixels.save(buffer, "png", compress_level=1)  # larger, but done several times sooner
        return buffer.getvalue()


def dress(axes, title="", xlabel="", ylabel="", pad=6):
    """Give axes the course's style; returns the title, which usually moves."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=GREY, labelsize=9)
    axes.set_xlabel(xlabel, fontsize=10, color=INK)
    axes.set_ylabel(ylabel, fontsize=10, color=INK)
    return axes.set_title(title, loc="left", fontsize=11, color=INK, fontweight="bold", pad=pad)
