"""What every explorer shares: controls, a picture redrawn in place, and a line that says it all."""

import asyncio
from html import escape
from math import log10
from time import perf_counter

import ipywidgets as widgets
from traitlets import validate

from .forms import KEPT, PAGE

PACE = 0.1  # seconds between two pictures of one run; more where drawing is slow
_LINE = "line-height: 1.4; max-width: 960px"  # as wide as a picture
BREATH = 0.02  # seconds of work, after which the kernel may look for a newer value


class Explorer:
    """Controls beside a picture that follows them.

    A subclass lays out its controls, implements `frames` and `draw`, and calls `_open` last.
    Looking at an explorer from Python (its `readout`, or displaying it) waits for the run in
    progress; in a notebook, runs go on between the events of the controls and a newer value
    cancels an older run.
    """

    def __init__(self, picture, controls, rows):
        self.picture = picture
        self.controls = controls
        self._image, self._line, self._error = widgets.HTML(), widgets.HTML(), widgets.HTML()
        boxes = [widgets.HBox(row, layout=widgets.Layout(flex_flow="row wrap")) for row in rows]
        self.widget = widgets.VBox([*boxes, self._error, self._line, self._image])
        self.widget.add_class("als-explorer").add_class(KEPT)
        self._frames, self._task, self._text = iter(()), None, ""
        self._drawn, self._fresh = 0.0, False  # when the picture was drawn; whether it lags behind
        self._pace, self._rest = PACE, 0.0
        self._setting = False

    def frames(self):
        """Do the work; yield True when there is something new to draw, and False otherwise.

        A number of seconds in place of True asks for the picture to be shown that long.
        """
        raise NotImplementedError

    def draw(self):
        """Update the picture's moving parts; return its alt text and the readout."""
        raise NotImplementedError

    # ---- from Python -----------------------------------------------------------------------

    @property
    def readout(self):
        """The line beside the picture, once the run in progress is done."""
        self.finish()
        return self._text

    def set(self, **values):
        """Set controls by name, run once, and return the readout: ``set(k=5, lam=0.1)``."""
        for name in values:
            if name not in self.controls:
                raise ValueError(f"there is no control {name!r}; choose {', '.join(self.controls)}")
        self._setting = True
        try:
            for name, value in values.items():
                self.controls[name].value = value
        finally:
            self._setting = False
        self.restart()
        return self.readout

    def finish(self):
        """Run to the end now."""
        while self._advance():
            pass
        self._stop()

    def __repr__(self):
        return self.readout

    def _repr_mimebundle_(self, **kwargs):
        """The widget; and for a page without a kernel, the picture as it stands."""
        self.finish()
        bundle = self.widget._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = self._text
        words = f"<figcaption>{escape(self._text)}</figcaption>"
        bundle["text/html"] = f"<figure>{self.picture.img()}{words}</figure>"
        return bundle

    # ---- a run -----------------------------------------------------------------------------

    def _open(self):
        """Follow the controls from now on, and draw the first picture."""
        for control in self.controls.values():
            control.observe(lambda _: self._setting or self.restart(), names="value")
        self.restart()
        self.finish()

    def restart(self, frames=None):
        """Begin a run with the controls as they are now; the one in progress is cancelled."""
        self._stop()
        self._frames, self._drawn, self._fresh = frames or self.frames(), 0.0, False
        while self._advance() and not self._drawn:
            pass  # the first picture comes at once, so that every press is answered
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # plain Python: nobody to wait for
            self.finish()
        else:
            self._task = loop.create_task(self._go_on())

    async def _go_on(self):
        woke = perf_counter()
        while self._advance(live=True):
            if self._rest or perf_counter() - woke > BREATH:
                await asyncio.sleep(self._rest or 0.001)  # a newer value, if any, cancels us here
                woke = perf_counter()

    def _stop(self):
        if self._task is not None:
            self._task.cancel()
        self._frames, self._task = iter(()), None

    def _advance(self, live=False):
        """Go on with the run a little; False when it is over. Only a live run rests for the eye."""
        try:
            new = next(self._frames, None)
            self._fresh = self._fresh or bool(new)
            self._rest = new if live and isinstance(new, float) else 0.0
            due = self._rest or new is None or perf_counter() - self._drawn > self._pace
            if self._fresh and due:
                self._show()
            return new is not None
        except Exception as error:  # in a callback it would vanish into a log nobody reads
            self._fail(error)
            return False

    # ---- on the page -----------------------------------------------------------------------

    def _show(self):
        start = perf_counter()
        self.picture.alt, self._text = self.draw()
        self._image.value = self.picture.img(PAGE)
        self._line.value = f'<p role="status" style="{_LINE}">{escape(self._text)}</p>'
        self._error.value = ""
        self._drawn, self._fresh = perf_counter(), False
        self._pace = PACE * max(1, 40 * (self._drawn - start))  # most of the time is for the fit

    def _fail(self, error):
        self._stop()
        said = str(error).rstrip(".") or type(error).__name__
        self._text = f"That did not work: {said}. Change a control to go on."
        self._error.value = (
            f'<p role="alert" style="border-left: 4px solid #D55E00; padding-left: 0.7em">'
            f"{escape(self._text)}</p>"
        )


class LogSlider(widgets.FloatLogSlider):
    """A logarithmic slider that rounds to its own steps at once, as the browser would later."""

    @validate("value")
    def _validate_value(self, proposal):
        exponent = log10(max(proposal["value"], self.base**self.min))
        exponent = round(
            self.step * round(exponent / self.step), 9
        )  # -1.7, not -1.7000000000000002
        proposal["value"] = self.base**exponent
        return super()._validate_value(proposal)


def slider(kind, label, value, **options):
    """A slider as wide as it should be, with its label in full."""
    return kind(
        value=value,
        description=label,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="360px"),
        **options,
    )


def log_slider(label, value, low, high, step=0.1, readout=".2g"):
    """A slider over powers of ten, from 10**low to 10**high."""
    return slider(
        LogSlider, label, value, min=low, max=high, step=step, base=10, readout_format=readout
    )


def switch(label, value):
    """A checkbox with its label beside it."""
    return widgets.Checkbox(
        value=value,
        description=label,
        indent=False,
        layout=widgets.Layout(width="auto", margin="0 20px 0 2px"),
    )
