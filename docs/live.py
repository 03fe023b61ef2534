"""Live figures for pages without a kernel: every frame drawn beforehand by the course's explorers.

`build` puts a folder for each figure beside `live.js` and `live.css`; `html` is what a page says to
show one. Nothing is fitted or drawn here: an explorer is taken through a grid of its own settings.
"""

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from html import escape
from importlib.metadata import version
from io import BytesIO
from itertools import product
from math import prod
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from als_lesson import (
    explore_half_step,
    explore_k_and_lambda,
    explore_zigzag,
    simulate_ratings,
    split_ratings,
)
from als_lesson.explore.dashboard_picture import KS, LAMS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CACHE = ROOT / ".live"  # ignored by git
LIMIT = 25e6  # bytes of all figures together


@dataclass(frozen=True)
class Control:
    """A slider, or a switch where the values are False and True."""

    label: str
    values: tuple
    start: object  # the value a page opens with

    def words(self):
        """Each value as the page shows it; none for a switch."""
        return [] if self.values[0] is False else [f"{value:.2g}" for value in self.values]

    def coarse(self, runs):
        """The same control with the value it opens with and one of its ends, or both if it runs."""
        first, last = self.values[0], self.values[-1]
        kept = {self.start, last if runs or self.start == first else first}
        kept |= {first} if runs else set()
        return replace(self, values=tuple(value for value in self.values if value in kept))


@dataclass(frozen=True)
class Live:
    """One figure: an explorer, and the grid of settings at which a page shows it."""

    title: str
    explorer: Callable
    controls: dict  # {name: Control}, the last one changing fastest from frame to frame
    shared: tuple  # the controls whose values one explorer keeps: a part of the work
    runs: str  # the control that the button Run moves
    has_map: bool = False  # on which each setting leaves its mark

    def settings(self):
        """Every setting of the grid, in the order of the frames."""
        values = product(*(control.values for control in self.controls.values()))
        return [dict(zip(self.controls, row, strict=True)) for row in values]

    def start(self):
        """The number of the frame a page opens with."""
        return self.settings().index({name: one.start for name, one in self.controls.items()})

    def parts(self):
        """The frames by number and setting, divided so that processes can share the work."""
        parts = {}
        for number, setting in enumerate(self.settings()):
            key = tuple(setting[name] for name in self.shared)
            parts.setdefault(key, []).append((number, setting))
        return list(parts.values())


def notebooks_dashboard():
    """The dashboard on the ratings of notebook 08."""
    pool, _ = split_ratings(simulate_ratings().ratings, 0.15, seed=100)
    return explore_k_and_lambda(*split_ratings(pool, 0.2, seed=0), n_iter=10)


_POWERS = tuple(10 ** (exponent / 20) for exponent in range(-32, -19, 3))  # 0.025 ... 0.1
FIGURES = {
    "dashboard": Live(
        "Dashboard of k and λ",
        notebooks_dashboard,
        {
            "k": Control("k, factors", tuple(map(int, KS)), 16),
            "lam": Control("λ, penalty", tuple(map(float, LAMS)), 0.2),
            "weighted": Control("weighted: λ·n for each row", (False, True), True),
            "biases": Control("subtract biases first", (False, True), True),
        },
        ("weighted", "biases"),
        "k",
        has_map=True,
    ),
    "half_step": Live(
        "One half-step",
        explore_half_step,
        {
            "user": Control("user", tuple(range(6)), 0),
            "lam": Control("λ, penalty", (0.1, 1.0), 0.1),
            "start": Control("random start", (0, 1), 0),
            "done": Control("half-steps done", (0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 40), 6),
        },
        ("start",),
        "done",
    ),
    "zigzag": Live(
        "Two ways down the valley",
        explore_zigzag,
        {
            "lam": Control("λ, penalty", (0.1, 10**-0.5, 1.0), 10**-0.5),
            "step_size": Control("step size of gradient descent", _POWERS, _POWERS[0]),
            "steps": Control("steps of each", (*range(9), 10, 12, 20, 60), 20),
        },
        (),
        "steps",
    ),
}
SAMPLE = {
    name: replace(
        live, controls={key: one.coarse(key == live.runs) for key, one in live.controls.items()}
    )
    for name, live in FIGURES.items()
}


# ---- frames ------------------------------------------------------------------------------------


class Stage:
    """An explorer whose controls nobody follows: a frame is drawn when it is asked for, once."""

    def __init__(self, explorer):
        self.explorer = explorer
        for control in explorer.controls.values():
            control.unobserve_all()
        self._axes = [axes for axes in explorer.picture.axes if axes.lines]
        self._home = self.limits()

    def limits(self):
        """(x, y) limits of every axes that holds a line."""
        return [(*axes.get_xlim(), *axes.get_ylim()) for axes in self._axes]

    def go_home(self):
        """Give the axes the limits they were born with: no earlier frame leaves a trace in them."""
        for axes, (left, right, bottom, top) in zip(self._axes, self._home, strict=True):
            axes.set(xlim=(left, right), ylim=(bottom, top))
        self.explorer.picture.forget_background()

    def states(self, setting):
        """Run the explorer with a setting; yields after every picture it would show."""
        for name, control in self.explorer.controls.items():
            control.value = setting[name]
        yield from self.explorer.frames()

    def shot(self):
        """(line, alternative text, picture as WebP without loss) of the explorer as it stands."""
        self.explorer.picture.alt, line = self.explorer.draw()
        image = Image.open(BytesIO(self.explorer.picture.png())).convert("RGB")
        buffer = BytesIO()
        image.save(buffer, "webp", lossless=True, quality=30, method=2)
        return line, self.explorer.picture.alt, buffer.getvalue()


def frames(live, part):
    """(number, line, alternative text, WebP) for each frame of a part."""
    stage = Stage(live.explorer())
    if live.has_map:
        yield from _with_the_map(stage, part)
        return
    for number, setting in part:
        for _ in stage.states(setting):
            pass
        yield number, *stage.shot()


def _with_the_map(stage, part):
    """All runs of the dashboard first, so that each frame shows its map filled; then the pictures,
    those with the same axes one after the other: new axes are most of the drawing."""
    runs = {}
    for number, setting in part:
        for _ in stage.states(setting):
            pass
        runs[number] = stage.explorer.run

    def axes_of(number):
        stage.go_home()
        stage.explorer.run = runs[number]
        stage.explorer.draw()
        return stage.limits()

    axes = None
    for limits, number in sorted((axes_of(number), number) for number in runs):
        if limits != axes:
            stage.go_home()
            axes = limits
        stage.explorer.run = runs[number]
        yield number, *stage.shot()


def _render(name, coarse, n_part, folder):
    """Draw one part into a folder; returns {frame number: (line, the rest of its alt text)}."""
    live = (SAMPLE if coarse else FIGURES)[name]
    said = {}
    for number, line, alt, webp in frames(live, live.parts()[n_part]):
        (folder / file_name(number)).write_bytes(webp)
        said[number] = line, alt.removeprefix(line)
    return said


def file_name(number):
    """The file of a frame, in the folder of its figure."""
    return f"{number:04}.webp"


# ---- figures -----------------------------------------------------------------------------------


def fingerprint(sample):
    """What the frames depend on: the package, this file, and who draws."""
    files = [*sorted((ROOT / "als_lesson").rglob("*.py")), Path(__file__)]
    tools = [f"{name} {version(name)}" for name in ("numpy", "scipy", "matplotlib", "pillow")]
    made_of = b"\0".join(path.read_bytes() for path in files) + str((tools, sample)).encode()
    return sha256(made_of).hexdigest()


def render(sample=False, folder=CACHE):
    """Draw all frames, unless that was done before with the same code; returns their folder."""
    folder = folder / ("sample" if sample else "all")
    stamp, made_of = folder / "made_of.txt", fingerprint(sample)
    if stamp.exists() and stamp.read_text() == made_of:
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as unfinished:
        fresh = Path(unfinished) / folder.name
        fresh.mkdir()
        _draw_all(fresh, sample)
        (fresh / stamp.name).write_text(made_of)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    return folder


def _draw_all(folder, sample):
    """Every frame of every figure, on all processors."""
    figures = SAMPLE if sample else FIGURES
    context = get_context("spawn")  # a fork would inherit the solver's sleeping threads
    with ProcessPoolExecutor(os.cpu_count(), context) as pool:
        jobs = {}
        for name, live in figures.items():
            (folder / name).mkdir()
            parts = range(len(live.parts()))
            jobs[name] = [pool.submit(_render, name, sample, n, folder / name) for n in parts]
        for name, parts in jobs.items():
            said = {number: words for part in parts for number, words in part.result().items()}
            text = json.dumps(_described(figures[name], said), ensure_ascii=False)
            (folder / name / "frames.js").write_text(
                f'(window.alsLive ??= {{}})["{name}"] = {text};\n', encoding="utf-8"
            )


def _described(live, said):
    """What the script has to know of a figure."""
    controls = [
        {
            "name": name,
            "label": one.label,
            "words": one.words(),
            "count": len(one.values),
            "runs": name == live.runs,
        }
        for name, one in live.controls.items()
    ]
    return {
        "start": live.start(),
        "controls": controls,
        "said": [said[number] for number in range(prod(one["count"] for one in controls))],
    }


def described(folder, name):
    """The same, read from a figure's folder."""
    text = (folder / name / "frames.js").read_text(encoding="utf-8")
    return json.loads(text.partition(" = ")[2].rstrip(";\n"))


def build(out, sample=False):
    """Put every figure, the script and the style into a folder; returns it.

    RuntimeError if they outgrow what a site may weigh.
    """
    out = Path(out)
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(render(sample), out, ignore=shutil.ignore_patterns("made_of.txt"))
    for name in ("live.js", "live.css"):
        shutil.copy(HERE / name, out)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    if size > LIMIT:
        raise RuntimeError(
            f"the live figures weigh {size / 1e6:.1f} MB, more than {LIMIT / 1e6:g} MB: take values "
            "out of the grids in docs/live.py"
        )
    return out


def html(name, folder, place):
    """The figure for a page: a still that the script, if it runs, makes live.

    Parameters
    ----------
    name : str
        One of FIGURES.
    folder : Path
        Where `build` put the figures.
    place : str
        The address of that folder, as seen from the page.
    """
    live, known = FIGURES[name], described(folder, name)
    source = f"{place}/{name}/{file_name(known['start'])}"
    line, rest = known["said"][known["start"]]
    with Image.open(folder / name / file_name(known["start"])) as image:
        width, height = (round(side / 1.2) for side in image.size)  # 120 pixels an inch
    return f"""<figure class="als-live" data-live="{name}" aria-label="{escape(live.title)}">
<div class="als-live-picture"><img src="{source}" alt="{escape(line + rest)}" width="{width}" height="{height}"></div>
<figcaption><span role="status">{escape(line)}</span></figcaption>
<p class="als-live-still">This is a still: its sliders need JavaScript.</p>
</figure>
<link rel="stylesheet" href="{place}/live.css">
<script defer src="{place}/{name}/frames.js"></script>
<script defer src="{place}/live.js"></script>
"""


def write(site):
    """For docs/site.py: the files, the page, and where the notebooks' explorers are found on it."""
    folder = build(site.files / "live", site.sample)
    text = (HERE / "live.md").read_text(encoding="utf-8")
    for name in FIGURES:
        text = text.replace(f"<!-- {name} -->\n", html(name, folder, "live"))
    site.page("live", text, part="Try it")
    site.live["explore_k_and_lambda"] = "live.html#dashboard"
    site.live["explore_half_step"] = "live.html#half-step"
    site.live["explore_zigzag"] = "live.html#zigzag"
