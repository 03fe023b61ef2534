"""Every picture states its message in words, too, and shows itself without pyplot."""

import inspect
import subprocess
import sys
from base64 import b64decode
from html.parser import HTMLParser
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from als_lesson import plots
from als_lesson.plots import tables as diagrams
from als_lesson.plots.picture import MARKERS, PALETTE, Picture

TITLE = 'Falls, & "stays" <low>'
EXAMPLES = {
    "plot_curves": lambda title: plots.plot_curves(
        {title: {"k = 2": [3.0, 1.0], "k = 5": ([0, 4], [2.0, 1.5])}, "other": {"x": [1.0]}},
        reference=("mean", 1.04),
    ),
    "plot_heat_map": lambda title: plots.plot_heat_map(
        pd.DataFrame({2: [0.9, 0.8], 5: [1.1, 0.7]}, index=[0.1, 0.5]), title=title
    ),
    "plot_ladder": lambda title: plots.plot_ladder(
        pd.Series({"mean": 1.0, "biases": 0.8, "zero-filled": 3.0, "same": 1.0}),
        title=title,
        reference="mean",
    ),
    "plot_long_tail": lambda title: plots.plot_long_tail(np.array([1, 2, 9, 40]), title=title),
    "plot_observed": lambda title: plots.plot_observed(
        np.array([0, 1, 1]), np.array([2, 0, 1]), (2, 3), title=title
    ),
    "plot_histograms": lambda title: plots.plot_histograms(
        {f"group {n}": np.arange(n, n + 9) for n in range(8)}, title=title, xlabel="stars"
    ),
    "plot_bowl": lambda title: plots.plot_bowl(
        np.array([[2.0, 0.5], [0.5, 1.0]]),
        np.array([1.0, 0.5]),
        3.0,
        {"minimum": [3 / 7, 2 / 7], "the slip": [0.1, 0.2]},
        title=title,
    ),
    "draw_tables": lambda title: diagrams.draw_tables(
        {title: [[5, np.nan], [-1.26, 0]], "zeros": [[5, 0], [-1.26, 0]]},
        marked=np.eye(2, dtype=bool),
    ),
    "draw_factorization": lambda title: diagrams.draw_factorization(610, 9724, 2),
}
NAMES = sorted(EXAMPLES)


class Images(HTMLParser):
    """The attributes of every <img>, and the names of all other tags."""

    def __init__(self, html):
        super().__init__()
        self.images, self.others = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.images.append(dict(attributes))
        else:
            self.others.append(tag)


def test_every_plot_is_tested_here():
    public = {
        name
        for module in (plots, diagrams)
        for name, _ in inspect.getmembers(module, inspect.isfunction)
        if name.startswith(("plot_", "draw_"))
    }
    assert public == set(EXAMPLES)


@pytest.mark.parametrize("name", NAMES)
def test_it_shows_itself_as_an_image_with_its_message_in_words(name):
    picture = EXAMPLES[name](TITLE)
    assert isinstance(picture, Picture)
    assert isinstance(picture, Figure)
    page = Images(picture._repr_html_())
    assert page.others == []  # the title's <low> is text and opens no tag
    (image,) = page.images
    assert image["alt"] == picture.alt
    assert int(image["width"]) == round(100 * picture.get_figwidth()) > 100
    kind, _, data = image["src"].partition(",")
    assert kind == "data:image/png;base64"
    png = b64decode(data)
    assert png.startswith(b"\x89PNG")
    pixels = int.from_bytes(png[16:20], "big")
    assert pixels > int(image["width"])  # sharp on a fine screen, too
    assert repr(picture) == f"Picture: {picture.alt}"


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"draw_factorization"}))
def test_the_title_is_on_the_picture_and_in_the_words(name):
    picture = EXAMPLES[name](TITLE)
    assert picture.axes[0].get_title(loc="left") == TITLE
    assert picture.alt.startswith(TITLE)


@pytest.mark.parametrize("name", sorted(n for n in NAMES if n.startswith("plot_")))
def test_axes_are_labelled(name):
    picture = EXAMPLES[name](TITLE)
    for axes in picture.axes:
        if axes.get_title(loc="left"):  # a colour bar has none
            assert axes.get_xlabel()
    assert picture.axes[0].get_ylabel() or name == "plot_ladder"  # its rungs are named one by one


def test_a_logarithmic_axis_is_numbered_in_plain_figures():
    picture = plots.plot_curves({"T": {"x": np.arange(100)}}, log_x=True)
    picture.draw_without_rendering()
    (axes,) = picture.axes
    low, high = axes.get_xlim()
    ticks = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
    shown = [label.get_text() for x, label in ticks if low <= x <= high]
    assert shown == ["1", "2", "5", "10", "20", "50", "100"]
    x = axes.transData.transform([(1, 0), (10, 0), (100, 0)])[:, 0]
    assert x[1] - x[0] == pytest.approx(x[2] - x[1])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "plot_curves",
            "k = 2: from 3 to 1; k = 5: from 2 to 1.5; other. x: from 1 to 1; mean at 1.04 stars.",
        ),
        ("plot_heat_map", "smallest 0.700 at k = 5, λ = 0.5; largest 1.100."),
        ("plot_ladder", "zero-filled 3.000, mean 1.000, same 1.000, biases 0.800."),
        ("plot_long_tail", "4 rows, from 40 ratings down to 1; half have at most 5.5; 50 % have"),
        ("plot_observed", "3 observed cells of 6, 50.0 %, in 2 users by 3 movies."),
        ("plot_histograms", "group 0: median 4.00; group 1: median 5.00;"),
        # By hand: at (0.1, 0.2), 2·0.01 + 2·0.5·0.02 + 0.04 - 2·(0.1 + 0.1) + 3 = 2.68.
        ("plot_bowl", "the slip at (0.10, 0.20), objective 2.68."),
        ("draw_tables", "row 1: 5, blank. row 2: -1.3, 0."),
        ("draw_factorization", "610 users by 9,724 movies"),
    ],
)
def test_the_words_carry_the_numbers(name, words):
    assert words in EXAMPLES[name](TITLE).alt


def test_several_levels_are_drawn_and_named():
    levels = {"mean": 1.0, "biases": 0.8}
    picture = plots.plot_curves({"T": {"x": [1.2, 0.9]}}, reference=levels)
    assert picture.alt == "T. x: from 1.2 to 0.9; mean at 1; biases at 0.8 stars."
    _, *lines = picture.axes[0].lines
    assert {line.get_label(): line.get_ydata()[0] for line in lines} == levels
    assert len({line.get_linestyle() for line in lines}) == 2


def test_a_ladder_shows_what_is_beyond_its_end_as_an_arrow():
    rungs = {"bad": 3.0, "mean": 1.0, "biases": 0.8}
    (axes,) = plots.plot_ladder(rungs, title="T", reference="mean", cut=1.5).axes
    tips = [line for line in axes.lines if line.get_marker() not in (None, "None")]
    assert [(line.get_xdata()[0], line.get_marker()) for line in tips] == [
        (1.5, ">"),
        (1.0, "o"),
        (0.8, "o"),
    ]
    assert axes.get_xlim()[1] < 2
    assert [text.get_text().strip() for text in axes.texts] == ["3.000", "1.000", "0.800"]


def test_the_svd_is_drawn_with_its_singular_values():
    alt = diagrams.draw_factorization(610, 9724, 2, singular_values=True).alt
    assert "diagonal of 2 singular values" in alt
    assert "right transposed, 2 by 9,724" in alt


def test_tables_share_their_tones_unless_each_has_its_own():
    def tones(vmax):
        picture = diagrams.draw_tables({"P": [[1]], "C": [[9]]}, vmax=vmax)
        return [axes.patches[0].get_facecolor() for axes in picture.axes]

    one, other = tones([1, 9])
    assert one == other
    pale, dark = tones(9)
    assert dark == other and sum(pale) > sum(dark)


def test_the_same_picture_twice_is_the_same_bytes():
    one, other = (EXAMPLES["plot_ladder"]("T").png() for _ in range(2))
    assert one == other


def test_no_pyplot():
    program = (
        "import sys, als_lesson.plots, als_lesson.diagrams\n"
        "assert 'matplotlib.figure' in sys.modules\n"
        "print([name for name in sys.modules if 'pyplot' in name or 'ipywidgets' in name])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


# How linear RGB looks without one kind of cone: Machado, Oliveira and Fernandes (2009), severity 1.
VISION = {
    "common": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(color, vision):
    """CIELAB coordinates (3,) of a #rrggbb colour, as seen with that vision."""
    rgb = np.array([int(color[n : n + 2], 16) for n in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.asarray(vision) @ linear, 0, 1)
    to_xyz = np.array(
        [[0.41246, 0.35758, 0.18044], [0.21267, 0.71515, 0.07218], [0.01933, 0.11919, 0.95030]]
    )
    ratio = to_xyz @ linear / to_xyz.sum(axis=1)
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
def test_the_palette_can_be_told_apart(vision):
    seen = [lab(color, VISION[vision]) for color in PALETTE]
    nearest = min(np.linalg.norm(one - other) for one, other in combinations(seen, 2))
    assert nearest > 15  # about 2.3 is a just noticeable difference


def test_each_colour_has_a_marker_of_its_own():
    assert len(set(MARKERS)) == len(MARKERS) == len(set(PALETTE)) == len(PALETTE)
