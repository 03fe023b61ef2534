"""Every picture states its message in words, too, and shows itself without pyplot."""

import inspect
import re
import subprocess
import sys
from base64 import b64decode
from html.parser import HTMLParser
from importlib import import_module
from itertools import combinations
from pkgutil import iter_modules

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from als_lesson import plots
from als_lesson.plots import draw_tables
from als_lesson.plots.picture import MARKERS, PALETTE, Picture

TITLE = 'Falls, & "stays" <low>'
EXAMPLES = {
    "plot_curves": lambda title: plots.plot_curves(
        {title: {"k = 2": [3.0, 1.0], "k = 5": ([0, 4], [2.0, 1.5])}, "other": {"x": [1.0]}},
        reference=("mean", 1.04),
        guess=([0, 4], [2.5, 2.0]),
    ),
    "plot_heat_map": lambda title: plots.plot_heat_map(
        pd.DataFrame({2: [0.9, 0.8], 5: [1.1, 0.7]}, index=[0.1, 0.5]), title=title
    ),
    "plot_ladder": lambda title: plots.plot_ladder(
        {"mean": 1.0, "biases": [0.7, 0.9], "zero-filled": 3.0, "same": 1.0},
        title=title,
        reference="mean",
    ),
    "plot_intervals": lambda title: plots.plot_intervals(
        {"λ·n": [-0.01, -0.03], "plain": [0.0, 0.02]}, title=title, reference=("level", 0)
    ),
    "plot_seconds": lambda title: plots.plot_seconds({"quick": 0.004, "slow": 2.5}, title=title),
    "plot_growth": lambda title: plots.plot_growth(
        {title: ("k", {"a": ([1, 2, 4], [3, 12, 48])})}, ylabel="seconds"
    ),
    "plot_map": lambda title: plots.plot_map(
        {title: [[1, 2], [-0.01, 0.5]]}, xlabel="x", ylabel="y", marked={title: 0}
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
    "draw_tables": lambda title: plots.draw_tables(
        {title: [[5, np.nan], [-1.26, 0]], "zeros": [[5, 0], [-1.26, 0]]},
        marked=np.eye(2, dtype=bool),
    ),
    "draw_completed": lambda title: plots.draw_completed(
        {title: [[4.9, 1.26], [1, 2]]}, [[5, np.nan], [1, 2]], framed=(0, 1), users=["Ana", "Ben"]
    ),
    "draw_cell": lambda title: plots.draw_cell([[1, 2]], [[3, 0.5]], 0, 0, users=[title]),
    "draw_factorization": lambda title: plots.draw_factorization(610, 9724, 2),
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


def test_every_plot_of_every_module_is_tested_here_and_within_reach():
    found = {
        name: function
        for module in iter_modules(plots.__path__)
        for name, function in inspect.getmembers(
            import_module(f"als_lesson.plots.{module.name}"), inspect.isfunction
        )
        if name.startswith(("plot_", "draw_"))
    }
    assert set(found) == set(EXAMPLES)
    assert all(getattr(plots, name) is function for name, function in found.items())
    assert set(plots.__all__) == {*found, "slope"}


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
    assert "max-width: 100%; height: auto" in image["style"]  # it shrinks, and keeps its shape
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
    assert picture.axes[0].get_title(loc="left").startswith(TITLE)
    assert picture.alt.startswith(TITLE)


@pytest.mark.parametrize("name", sorted(n for n in NAMES if n.startswith("plot_")))
def test_axes_are_labelled(name):
    picture = EXAMPLES[name](TITLE)
    for axes in picture.axes:
        if axes.get_title(loc="left"):  # a colour bar has none
            assert axes.get_xlabel()
    named = [label.get_text() for label in picture.axes[0].get_yticklabels()]
    assert picture.axes[0].get_ylabel() or all(named)  # a ylabel, or rows named one by one


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
            "k = 2: from 3 to 1; k = 5: from 2 to 1.5; your guess: from 2.5 to 2; "
            "other. x: from 1 to 1; mean at 1.04 stars.",
        ),
        ("plot_heat_map", "smallest 0.700 at k = 5, λ = 0.5; largest 1.100."),
        ("plot_ladder", "zero-filled 3.000, mean 1.000, same 1.000, biases 0.800 ± 0.141."),
        ("plot_intervals", "λ·n -0.020 ± 0.014, plain 0.010 ± 0.014 over 2 splits; level at 0."),
        ("plot_seconds", "slow 2.5, quick 0.004."),
        ("plot_growth", "a (slope 2.0): from 3 at k = 1 to 48 at k = 4. Up: seconds."),
        ("plot_map", "2 points"),
        ("plot_long_tail", "4 rows, from 40 ratings down to 1; half have at most 5.5; 50 % have"),
        ("plot_observed", "3 observed cells of 6, 50.0 %, in 2 users by 3 movies."),
        ("plot_histograms", "group 0: median 4.00; group 1: median 5.00;"),
        # By hand: at (0.1, 0.2), 2·0.01 + 2·0.5·0.02 + 0.04 - 2·(0.1 + 0.1) + 3 = 2.68.
        ("plot_bowl", "the slip at (0.10, 0.20), objective 2.68."),
        ("draw_tables", "row 1: 5, blank. row 2: -1.3, 0."),
        ("draw_completed", "Ana: 4.9, 1.3. Ben: 1, 2. Black frames: rated. Orange frame: Ana's m1"),
        ("draw_cell", "× m0: 1 · 3 + 2 · 0.5 = 4. Row of U, column of Vᵀ"),
        ("draw_factorization", "610 users by 9,724 movies"),
    ],
)
def test_the_words_carry_the_numbers(name, words):
    assert words in EXAMPLES[name](TITLE).alt


def test_of_scores_the_highest_is_the_best():
    scores = pd.DataFrame({4: [0.1, 0.2], 16: [0.3, 0.1]}, index=[10, 30])
    picture = plots.plot_heat_map(scores, title="T", label="nDCG", columns="α", highest=True)
    words = "nDCG over 2 λ and 2 α; largest 0.300 at α = 16, λ = 10; smallest 0.100."
    assert picture.alt == f"T. {words}"
    assert picture.axes[0].get_xlabel() == "α"


def test_several_levels_are_drawn_and_named():
    levels = {"mean": 1.0, "biases": 0.8}
    picture = plots.plot_curves({"T": {"x": [1.2, 0.9]}}, reference=levels)
    assert picture.alt == "T. x: from 1.2 to 0.9; mean at 1; biases at 0.8 stars."
    _, *lines = picture.axes[0].lines
    assert {line.get_label(): line.get_ydata()[0] for line in lines} == levels
    assert len({line.get_linestyle() for line in lines}) == 2


def tips(axes):
    """Where the marks of a chart in rows stand, from the top."""
    marks = [line for line in axes.lines if line.get_marker() in tuple("oD>s")]
    return [
        (line.get_xdata()[0], line.get_marker()) for line in marks if len(line.get_xdata()) == 1
    ]


def test_a_ladder_shows_what_is_beyond_its_end_as_an_arrow():
    rungs = {"bad": 3.0, "mean": 1.0, "biases": 0.8}
    (axes,) = plots.plot_ladder(rungs, title="T", reference="mean", cut=1.5).axes
    assert tips(axes) == [(1.5, ">"), (1.0, "o"), (0.8, "o")]
    assert axes.get_xlim()[1] < 2
    assert [text.get_text().strip() for text in axes.texts] == ["3.000", "1.000", "0.800"]


def bars(axes):
    """The ends of the error bars of a chart in rows."""
    segments = [bar for bars in axes.collections for bar in bars.get_segments()]
    return [tuple(bar[:, 0]) for bar in segments]


@pytest.mark.parametrize("plot", ["plot_ladder", "plot_intervals"])
def test_a_rival_on_several_splits_shows_its_mean_and_one_standard_deviation(plot):
    errors = np.array([0.8, 0.9, 1.0])
    options = {"reference": "mean"} if plot == "plot_ladder" else {}
    rivals = {"mean": [1.2, 1.2], "biases": errors}
    (axes,) = getattr(plots, plot)(rivals, title="T", **options).axes
    assert [x for x, _ in tips(axes)] == pytest.approx([1.2, 0.9])
    assert bars(axes)[-1] == pytest.approx((0.8, 1.0))  # SD of three, dividing by two: 0.1
    assert "0.900 ± 0.100" in axes.texts[-1].get_text()
    low, high = axes.get_xlim()
    assert low < 0.8 and high > 1.2


def test_intervals_show_every_split_as_a_dot():
    (axes,) = plots.plot_intervals({"a": [1.0, 3.0], "b": [2.0, 2.5]}, title="T").axes
    dots = [line for line in axes.lines if len(line.get_xdata()) == 2]
    assert [(list(dot.get_xdata()), list(dot.get_ydata())) for dot in dots] == [
        ([1.0, 3.0], [0, 0]),
        ([2.0, 2.5], [1, 1]),
    ]


def test_several_runs_are_a_mean_within_a_band():
    runs = np.array([[1.0, 2.0], [3.0, 6.0]])
    (axes,) = plots.plot_curves({"T": {"x": runs}}).axes
    assert list(axes.lines[0].get_ydata()) == [2.0, 4.0]
    (band,) = axes.collections
    assert band.get_paths()[0].get_extents().get_points()[:, 1] == pytest.approx(
        [2 - 2**0.5, 4 + 8**0.5]
    )


def test_a_guess_is_a_dashed_curve_on_the_first_panel_and_in_the_legend():
    panels = {"one": {"x": [1.0, 2.0]}, "two": {"y": [2.0, 1.0]}}
    first, last = plots.plot_curves(panels, guess=([1, 2], [1.5, 1.7])).axes
    guess = first.lines[-1]
    assert list(guess.get_ydata()) == [1.5, 1.7] and guess.is_dashed()
    assert [line.get_label() for line in last.lines] == ["y"]
    assert {text.get_text() for text in last.get_legend().get_texts()} == {"x", "your guess", "y"}


def test_a_completed_table_marks_what_was_rated_and_what_was_asked():
    R = [[5, np.nan], [np.nan, 2]]
    (axes,) = plots.draw_completed({"T": np.ones((2, 2))}, R, framed=(0, 1), users=["a", "b"]).axes
    frames = [patch for patch in axes.patches if not patch.get_fill()]
    cells = [(int(patch.get_x()), int(patch.get_y())) for patch in frames]
    assert cells == [(0, 0), (1, 1), (1, 0)]  # the rated ones, then the one to look at
    assert len({patch.get_edgecolor() for patch in frames}) == 2
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]


def test_the_cell_lit_is_the_product_of_the_row_and_the_column_lit():
    U, V = [[1, 2], [0, 1]], [[3, 1], [2, 2], [1, 0.5]]
    (axes,) = plots.draw_cell(U, V, 1, 2).axes
    assert axes.get_title(loc="left") == "u1 × m2: 0 · 1 + 1 · 0.5 = 0.5"
    lit = [text.get_text() for text in axes.texts if text.get_alpha() == 1]
    assert lit == ["0", "1", "1", "0.5", "0.5"]  # the row of U, the column of Vᵀ, the cell
    products = [text.get_text() for text in axes.texts[10:16]]
    assert products == ["5", "6", "2", "1", "2", "0.5"]


# ---- whatever the table ------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_dollar_is_a_dollar(name):
    """In a title, a name or a label; of TeX it would be an unfinished formula, and stop."""
    for title in ("$ and $x_$ and $\\frac$", "One $"):
        assert EXAMPLES[name](title).png()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    "draw",
    [
        lambda nothing: plots.plot_curves({"T": {"x": nothing}}),
        lambda nothing: plots.plot_ladder({"x": nothing}, title="T", reference="x"),
        lambda nothing: plots.plot_intervals({"x": nothing}, title="T"),
        lambda nothing: plots.plot_heat_map(pd.DataFrame([nothing]), title="T"),
        lambda nothing: plots.plot_long_tail(nothing, title="T"),
        lambda nothing: plots.plot_histograms({"x": nothing}, title="T", xlabel="x"),
        lambda nothing: plots.plot_map({"x": nothing}, xlabel="x", ylabel="y"),
        lambda nothing: plots.plot_growth({"T": ("k", {"x": ([1, 2], nothing)})}, ylabel="s"),
        lambda nothing: plots.draw_tables({"x": [nothing]}),
        lambda nothing: plots.draw_completed({"x": [nothing]}, [nothing]),
        lambda nothing: plots.draw_cell([nothing], [nothing], 0, 0),
    ],
)
@pytest.mark.parametrize(
    "nothing", [[], [np.nan, np.nan], np.ma.masked_all(2), np.array([np.inf, np.nan])]
)
def test_nothing_to_draw_is_told_in_a_sentence(draw, nothing):
    with pytest.raises(ValueError, match="holds no numbers, so there is nothing to draw"):
        draw(nothing)


def test_no_seconds_is_told_in_a_sentence():
    with pytest.raises(ValueError, match="seconds holds no numbers"):
        plots.plot_seconds({}, title="T")


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.plot_curves({"T": {"x": [2.0]}}, guess=[2.0]),
        lambda: plots.plot_ladder({"x": [1.0], "y": [1.0, 1.0]}, title="T", reference="x"),
        lambda: plots.plot_intervals({"x": [1.0], "y": [1.0, 1.0]}, title="T"),
        lambda: plots.plot_heat_map(pd.DataFrame([[1.0]]), title="T"),
        lambda: plots.plot_heat_map(pd.DataFrame([[1.0, np.nan]]), title="T"),
        lambda: plots.plot_long_tail([1], title="T"),
        lambda: plots.plot_long_tail([3, 0, 0], title="T"),
        lambda: plots.plot_histograms({"x": [3], "y": [3, 3, np.nan]}, title="T", xlabel="x"),
        lambda: plots.plot_observed([], [], (3, 4), title="T"),
        lambda: plots.plot_observed([0], [0], (1, 1), title="T"),
        lambda: plots.plot_map({"x": [[0, 0]]}, xlabel="x", ylabel="y", marked={"": 0}),
        lambda: plots.plot_map({"x": [[1, 1], [1, 1]]}, xlabel="x", ylabel="y"),
        lambda: plots.plot_growth({"T": ("k", {"x": ([1], [2.0])})}, ylabel="s"),
        lambda: plots.plot_seconds({"x": 1.0}, title="T"),
        lambda: plots.draw_tables({"x": [[0, 0]]}),
        lambda: plots.draw_completed({"x": [[1.0]]}, [[1.0]], framed=(0, 0), users=["Ana"]),
        lambda: plots.draw_cell([[0.0]], [[0.0]], 0, 0),
    ],
)
def test_one_value_or_all_equal_is_drawn_without_complaint(draw, recwarn):
    picture = draw()
    assert picture.png()[:4] == b"\x89PNG"
    assert not re.search("nan|inf", picture.alt)
    assert not recwarn.list


def test_a_masked_cell_is_blank_like_a_nan():
    masked, blank = np.ma.masked_equal([[5.0, 0.0]], 0), [[5.0, np.nan]]
    assert draw_tables({"R": masked}).alt == draw_tables({"R": blank}).alt == "R: row 1: 5, blank."
    counted = plots.plot_histograms({"x": np.ma.masked_equal([1, 2, 0], 0)}, title="T", xlabel="x")
    assert counted.alt == "T. x: median 1.50."


def test_the_tones_of_a_table_follow_its_own_scale():
    def tones(scale):
        (axes,) = draw_tables({"R": scale * np.array([[0.5, 5.0]])}).axes
        return [patch.get_facecolor() for patch in axes.patches]

    assert np.allclose(tones(1), tones(20)) and np.allclose(tones(1), tones(0.2))


def test_a_dot_of_a_small_matrix_is_no_speck():
    sizes = [
        plots.plot_observed([0], [0], shape, title="T").axes[0].lines[0].get_markersize()
        for shape in ((4, 5), (120, 300), (610, 9724))
    ]
    assert sizes[0] > 10 * sizes[2] and sizes == sorted(sizes, reverse=True)


def test_the_svd_is_drawn_with_its_singular_values():
    alt = plots.draw_factorization(610, 9724, 2, singular_values=True).alt
    assert "diagonal of 2 singular values" in alt
    assert "right transposed, 2 by 9,724" in alt


def test_tables_share_their_tones_unless_each_has_its_own():
    def tones(vmax):
        picture = draw_tables({"P": [[1]], "C": [[9]]}, vmax=vmax)
        return [axes.patches[0].get_facecolor() for axes in picture.axes]

    one, other = tones([1, 9])
    assert one == other
    pale, dark = tones(9)
    assert dark == other and sum(pale) > sum(dark)


def test_the_same_picture_twice_is_the_same_bytes():
    one, other = (EXAMPLES["plot_ladder"]("T").png() for _ in range(2))
    assert one == other


def test_no_pyplot_and_no_widgets():
    program = (
        "import sys, als_lesson.plots\n"
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
