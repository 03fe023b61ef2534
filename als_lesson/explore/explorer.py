"""What every explorer shares: controls, a picture redrawn in place, and a line that says it all."""

import asyncio
from html import escape
from math import ceil, floor, inf, isfinite, log10
from numbers import Real
from threading import RLock
from time import perf_counter

import ipywidgets as widgets
from traitlets import TraitError, validate

from .forms import KEPT, PAGE

PACE = 0.1  # seconds between two pictures of one run; more where drawing is slow
BREATH = 0.02  # seconds of work, after which the kernel may look for a newer value
_LINE = "line-height: 1.4; max-width: 900px"  # as wide as a picture
_ALERT = "border-left: 4px solid #D55E00; padding-left: 0.7em"


class Still(str):
    """What an explorer said, and on a page the picture of which it said so."""

    def __new__(cls, text, image):
        """The text, with an ``<img>`` beside it."""
        still = super().__new__(cls, text)
        still.image = image
        return still

    def __repr__(self):
        return str(self)

    def _repr_html_(self):
        return f"<figure>{self.image}<figcaption>{escape(self)}</figcaption></figure>"


class Explorer:
    """Controls beside a picture that follows them.

    A subclass lays out its controls, implements `frames` and `draw`, and calls `_open` last.
    Looking at an explorer from Python (its `readout`, or displaying it) waits for the run in
    progress; in a notebook, runs go on between the events of the controls and a newer value
    cancels an older run. Cells and controls may live in different threads of a kernel (so it is
    in JupyterLab 4.4 and later): whoever touches a run holds the lock.
    """

    def __init__(self, picture, controls, rows):
        self.picture = picture
        self.controls = controls
        self._image, self._line, self._error = widgets.HTML(), widgets.HTML(), widgets.HTML()
        boxes = [widgets.HBox(row, layout=widgets.Layout(flex_flow="row wrap")) for row in rows]
        self.widget = widgets.VBox([*boxes, self._error, self._line, self._image])
        self.widget.add_class("als-explorer").add_class(KEPT)
        self._lock, self._frames, self._task = RLock(), iter(()), None
        self._text, self._still, self._note = "", "", ""  # the line, the <img>, what set() adds
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
        """Set controls by name and run once: ``set(k=5, lam=0.1)``.

        Returns the readout, which shows itself with its picture where it ends a cell. It says so
        if a value is not one of the control's own, and was rounded or cut. ValueError if there is
        no such control, or it cannot hold such a value; then none is changed.
        """
        with self._lock:
            before = {name: control.value for name, control in self.controls.items()}
            self._setting = True
            try:
                notes = [_put(self.controls, name, value) for name, value in values.items()]
            except ValueError:
                for name, value in before.items():
                    self.controls[name].value = value
                raise
            finally:
                self._setting = False
            self.restart(note="".join(notes))
            return Still(self.readout, self._still)

    def finish(self):
        """Run to the end now."""
        with self._lock:
            while self._advance():
                pass
            self._frames = iter(())

    def __repr__(self):
        return self.readout

    def _repr_mimebundle_(self, **kwargs):
        """The widget; and for a page without a kernel, the picture as it stands."""
        self.finish()
        bundle = self.widget._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = self._text
        bundle["text/html"] = Still(self._text, self._still)._repr_html_()
        return bundle

    # ---- a run -----------------------------------------------------------------------------

    def _open(self):
        """Follow the controls from now on, and draw the first picture."""
        for control in self.controls.values():
            control.observe(self._follow, names="value")
        self.restart()
        self.finish()

    def _follow(self, _):
        with self._lock:
            if not self._setting:
                self.restart()

    def restart(self, frames=None, note=""):
        """Begin a run with the controls as they are now; the one in progress is cancelled."""
        with self._lock:
            self._note = note
            self._frames, self._drawn, self._fresh = frames or self.frames(), 0.0, False
            while self._advance() and not self._drawn:
                pass  # the first picture comes at once, so that every press is answered
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:  # plain Python: nobody to wait for
                self.finish()
            else:
                self._task = loop.create_task(self._go_on(self._frames))

    async def _go_on(self, frames):
        woke = perf_counter()
        while True:
            with self._lock:
                if self._frames is not frames or not self._advance(live=True):
                    return  # a newer value took over, or all is done
                rest = self._rest
            if rest or perf_counter() - woke > BREATH:
                await asyncio.sleep(rest or 0.001)  # a newer value, if any, comes in here
                woke = perf_counter()

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
        self.picture.alt, line = self.draw()
        self._text, self._still = line + self._note, self.picture._repr_html_()
        self._image.value = self._still.replace("<img", f'<img onload="{escape(PAGE)}"', 1)
        self._line.value = f'<p role="status" style="{_LINE}">{escape(self._text)}</p>'
        self._error.value = ""
        self._drawn, self._fresh = perf_counter(), False
        self._pace = PACE * max(1, 40 * (self._drawn - start))  # most of the time is for the fit

    def _fail(self, error):
        self._frames = iter(())
        said = str(error).rstrip(".") or type(error).__name__
        self._text = f"That did not work: {said}. Change a control to go on."
        self._error.value = f'<p role="alert" style="{_ALERT}">{escape(self._text)}</p>'


def _put(controls, name, value):
    """Set one control; return what became of the value, in words, if it is not what was asked."""
    if name not in controls:
        raise ValueError(f"there is no control {name!r}; choose {', '.join(controls)}")
    control = controls[name]
    try:
        control.value = value
    except (TraitError, TypeError, ValueError, OverflowError):
        raise ValueError(
            f"{name}={value!r} is nothing this control can hold; now it holds {control.value!r}"
        ) from None
    rounded = isinstance(control.value, float) and isinstance(value, Real)
    if control.value == value or (rounded and f"{control.value:.2g}" == f"{value:.2g}"):
        return ""
    return f" ({name}={value!r} is not on the slider: took {control.value:.3g}.)"


class LogSlider(widgets.FloatLogSlider):
    """A logarithmic slider that rounds to its own steps at once, as the browser would later."""

    @validate("value")
    def _validate_value(self, proposal):
        exponent = log10(max(proposal["value"], self.base**self.min))
        steps = round(exponent / self.step)
        proposal["value"] = self.base ** round(self.step * steps, 9)  # -1.7, not -1.70...02
        return super()._validate_value(proposal)


def slider(kind, label, value, **options):
    """A slider as wide as it should be, with its label in full."""
    options = {"layout": {"width": "360px"}, "style": {"description_width": "initial"}, **options}
    return kind(value=value, description=label, tooltip=label, **options)


def log_slider(name, label, value, low, high, step=0.1):
    """A slider over powers of ten, from 10**low to 10**high, and further if it has to start there.

    ValueError if the value, called `name`, has no place on a logarithmic scale.
    """
    if not (isinstance(value, Real) and isfinite(value) and value > 0):
        raise ValueError(
            f"{name}={value!r} must be a finite number above 0: its slider is logarithmic"
        )
    low, high = min(low, floor(log10(value))), max(high, ceil(log10(value)))
    ends = {"min": low, "max": high, "step": step, "base": 10, "readout_format": ".2g"}
    return slider(LogSlider, label, value, **ends)


def switch(label, value):
    """A checkbox with its label beside it."""
    layout = {"width": "auto", "margin": "0 20px 0 2px"}
    return widgets.Checkbox(value=value, description=label, indent=False, layout=layout)


def whole(name, value, least, most=inf):
    """The setting as an int; ValueError unless it is a whole number within its limits."""
    if not (isinstance(value, Real) and least <= value <= most and float(value).is_integer()):
        limits = f"{least} or more" if most == inf else f"{least} to {most}"
        raise ValueError(f"{name}={value!r} must be a whole number, {limits}")
    return int(value)
