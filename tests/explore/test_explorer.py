"""What every explorer does: picture and words, cancelled runs, errors told, settings looked over."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
from looking import in_a_notebook, message, small_ratings
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from als_lesson import explore_half_step, explore_k_and_lambda, explore_zigzag
from als_lesson.explore import explorer as machinery
from als_lesson.explore.live import LivePicture

MAKE = {
    "dashboard": lambda: explore_k_and_lambda(*small_ratings(), n_iter=10),
    "half_step": explore_half_step,
    "zigzag": explore_zigzag,
}


@pytest.fixture(params=MAKE)
def any_explorer(request):
    return MAKE[request.param]()


@pytest.fixture
def board():
    return MAKE["dashboard"]()


@pytest.fixture
def every_breath(monkeypatch):
    """Draw every picture a run offers, however fast they follow one another."""
    monkeypatch.setattr(machinery, "PACE", -1e9)
    monkeypatch.setattr(machinery, "BREATH", -1)


# ---- picture and words -------------------------------------------------------------------------


def test_a_page_without_a_kernel_shows_a_picture_with_words(any_explorer):
    bundle = any_explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"] == any_explorer.readout == repr(any_explorer)
    alt = re.search(r'<figure><img alt="([^"]+)"', bundle["text/html"]).group(1)
    assert alt.startswith(any_explorer.readout[:20])
    assert "data:image/png;base64,iVBOR" in bundle["text/html"]
    assert "onload" not in bundle["text/html"]  # a page that is only read runs nothing


def test_every_picture_on_the_page_shrinks_with_it(any_explorer):
    bundle = any_explorer._repr_mimebundle_()
    for html in (message(any_explorer)[2], bundle["text/html"]):
        assert "max-width: 100%; height: auto" in html


def test_picture_and_line_follow_a_control(any_explorer):
    lam = any_explorer.lam
    (_, _, image), line = message(any_explorer), any_explorer.readout
    lam.value = lam.value * 10**0.5
    _, said, shown = message(any_explorer)
    assert shown != image and any_explorer.readout != line
    assert any_explorer.readout in said.replace("&#x27;", "'")
    assert f"λ = {lam.value:.2g}" in any_explorer.readout


def test_a_run_from_python_is_shown_in_its_own_cell(any_explorer):
    still = any_explorer.set(lam=1.0)
    assert str(still) == repr(still) == any_explorer.readout
    first = still._repr_html_()
    any_explorer.set(lam=0.1)
    assert still._repr_html_() == first  # it stays as it was
    assert "<figure><img alt=" in first and f"λ = {1:g}" in first


def test_the_same_settings_show_the_same_picture(any_explorer):
    image, lam = any_explorer.picture.png(), any_explorer.lam.value
    any_explorer.set(lam=1.0)
    assert any_explorer.picture.png() != image
    any_explorer.set(lam=lam)
    if not hasattr(any_explorer, "reveal"):  # the dashboard's map remembers where it has been
        assert any_explorer.picture.png() == image


def test_a_repainted_frame_equals_a_picture_drawn_from_scratch(any_explorer):
    any_explorer.set(lam=0.5)
    repainted = any_explorer.picture.png()
    any_explorer.picture.forget_background()
    assert any_explorer.picture.png() == repainted


def test_a_step_to_and_fro_repaints_only_what_moves(any_explorer, monkeypatch):
    """The first time an axis may need more room; then it has it."""
    any_explorer.set(lam=1.0)
    # of the landscape, another λ changes everything
    slider = any_explorer.controls.get("step_size", any_explorer.lam)
    here, beside = slider.value, slider.value * 10**slider.step
    slider.value = beside
    slider.value = here
    picture, whole = any_explorer.picture, []
    draw = picture.draw
    monkeypatch.setattr(picture, "draw", lambda renderer: whole.append(1) or draw(renderer))
    slider.value = beside
    assert not whole
    picture.forget_background()
    picture.png()
    assert whole


def pixels(png):
    with Image.open(BytesIO(png)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def typeset(picture):
    """The picture drawn at leisure by another canvas: no palette, no stamps."""
    buffer, canvas = BytesIO(), FigureCanvasAgg(picture)
    canvas.print_figure(buffer, format="png", dpi=picture.dpi, facecolor="white")
    return buffer.getvalue()


def test_256_colours_are_enough_and_white_stays_white(any_explorer):
    shown, drawn = pixels(any_explorer.picture.png()), pixels(typeset(any_explorer.picture))
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) <= 256
    assert (shown[0, 0] == 255).all()
    assert np.median(np.abs(shown - drawn)) == 0 and np.abs(shown - drawn).mean() < 2


def test_a_word_from_a_stamp_stands_where_the_word_would():
    picture = LivePicture(4, 3)
    axes = picture.subplots()
    axes.axis("off")
    for n, word in enumerate(["gently", "ÂÄ", "v₀ v₀ᵀ", "$1", "-0.55", "gently"]):
        style = {"fontsize": 8 + 2 * n, "ha": ("left", "center", "right")[n % 3]}
        picture.moving(axes.text(0.5 + 0.013 * n, 0.1 + 0.137 * n, word, **style))
    inks = [255 - pixels(png) for png in (picture.png(), typeset(picture))]
    for axis in (0, 1):  # half a pixel for a word here and there moves the centre by far less
        place = np.arange(inks[0].shape[axis])
        centres = [(ink.sum(axis=(1 - axis, 2)) @ place) / ink.sum() for ink in inks]
        assert abs(centres[0] - centres[1]) < 0.3
    assert abs(inks[0].sum() / inks[1].sum() - 1) < 0.01


def test_every_control_has_a_visible_label(any_explorer):
    for control in any_explorer.controls.values():
        assert control.description.strip()


# ---- errors and settings -----------------------------------------------------------------------


def test_an_error_is_told_in_one_sentence_and_the_next_value_recovers(any_explorer, monkeypatch):
    line = any_explorer.readout

    def broken():
        raise ArithmeticError("the <b>sums</b> do not add up")
        yield

    monkeypatch.setattr(any_explorer, "frames", broken)
    any_explorer.lam.value *= 10**0.5
    said = "That did not work: the <b>sums</b> do not add up. Change a control to go on."
    assert any_explorer.readout == said
    error, _, _ = message(any_explorer)
    assert 'role="alert"' in error and "&lt;b&gt;sums" in error  # shown, not obeyed
    monkeypatch.undo()
    any_explorer.lam.value /= 10**0.5
    assert message(any_explorer)[0] == ""
    assert any_explorer.readout == line


def test_an_error_without_words_is_told_by_its_name(any_explorer, monkeypatch):
    def broken():
        raise MemoryError

    monkeypatch.setattr(any_explorer, "draw", broken)
    any_explorer.lam.value *= 10**0.5
    assert "That did not work: MemoryError. Change" in any_explorer.readout


def test_an_unknown_control_is_named(any_explorer):
    with pytest.raises(ValueError, match="no control 'lambda_'; choose"):
        any_explorer.set(lambda_=1)


@pytest.mark.parametrize("nonsense", ["two", None, [], float("nan"), float("inf")])
def test_a_value_no_control_can_hold_is_refused_and_changes_nothing(any_explorer, nonsense):
    line = any_explorer.readout
    (first, *_), before = any_explorer.controls, any_explorer.lam.value
    with pytest.raises(ValueError, match="is nothing this control can hold; now it holds"):
        any_explorer.set(lam=2.0, **{first: nonsense})
    assert any_explorer.lam.value == before
    assert any_explorer.set() == line


def test_a_value_between_two_steps_is_said_to_be_rounded(any_explorer):
    assert "(lam=0.3 is not on the slider: took 0.316.)" in any_explorer.set(lam=0.3)
    assert "took 0.316" in message(any_explorer)[1]
    assert "slider" not in any_explorer.set(lam=0.2)  # 0.1995, and shown as 0.2
    assert "(lam=-1 is not on the slider: took 0.01.)" in any_explorer.set(lam=-1)


def test_a_value_beyond_the_end_of_a_slider_is_said_to_be_cut(board):
    assert "(k=60 is not on the slider: took 50.)" in board.set(k=60)
    assert "slider" not in board.set(k=50, weighted=True)


def test_a_logarithmic_slider_rounds_as_the_browser_would(board):
    board.lam.value = 0.15
    assert np.isclose(board.lam.value, 10**-0.8)
    for exponent in np.linspace(-2, 1, 31).round(9):  # to the last bit, or the browser corrects it
        board.lam.value = float(10**exponent) * 1.001
        assert board.lam.value == 10 ** float(exponent)
    assert explore_zigzag(step_size=0.02).step_size.value == 10**-1.7


@pytest.mark.parametrize(
    ("make", "settings", "words"),
    [
        ("dashboard", {"n_iter": 0}, "n_iter=0 must be a whole number, 1 or more"),
        ("dashboard", {"n_iter": 2.5}, "n_iter=2.5 must be a whole number"),
        ("dashboard", {"n_iter": "10"}, "n_iter='10' must be a whole number"),
        ("half_step", {"lam": 0}, "lam=0 must be a finite number above 0"),
        ("half_step", {"lam": -1}, "lam=-1 must be a finite number above 0"),
        ("half_step", {"lam": np.nan}, "lam=nan must be a finite number above 0"),
        ("half_step", {"seed": -1}, "seed=-1 must be a whole number, 0 or more"),
        ("half_step", {"done": 41}, "done=41 must be a whole number, 0 to 40"),
        ("zigzag", {"lam": "much"}, "lam='much' must be a finite number above 0"),
        ("zigzag", {"step_size": 0}, "step_size=0 must be a finite number above 0"),
        ("zigzag", {"seed": 0.5}, "seed=0.5 must be a whole number"),
        ("zigzag", {"rating": -4}, "rating=-4 must be a number above 0 stars"),
        ("zigzag", {"rating": np.inf}, "rating=inf must be a number above 0 stars"),
        ("zigzag", {"rating": np.nan}, "rating=nan must be a number above 0 stars"),
    ],
)
def test_a_setting_out_of_range_is_told_in_a_sentence(make, settings, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        if make == "dashboard":
            explore_k_and_lambda(*small_ratings(), **settings)
        else:
            MAKE[make](**settings)


@pytest.mark.parametrize("make", ["half_step", "zigzag"])
def test_a_slider_reaches_where_it_has_to_start(make):
    assert np.isclose(MAKE[make](lam=0.001).lam.value, 0.001)
    assert np.isclose(MAKE[make](lam=100).lam.value, 100)


# ---- cancellation ------------------------------------------------------------------------------


def test_in_an_event_loop_a_newer_value_cancels_the_run(board, every_breath):
    seen = []
    board.widget.children[-2].observe(lambda change: seen.append(change["new"]), names="value")

    async def drag():
        board.k.value = 20
        assert len(board.run.held_out) == 1  # the first picture came at once
        board.k.value = 3

    in_a_notebook(drag)
    assert (board.run.k, len(board.run.held_out)) == (3, 10)
    assert sum("k = 20," in said for said in seen) == 1  # it was never finished


def test_a_burst_of_values_ends_on_the_last(board):
    async def burst():
        for k in range(1, 31):
            board.k.value = k

    in_a_notebook(burst)
    assert board.readout.startswith("k = 30,") and "iteration 10 of 10" in board.readout


def test_pictures_arrive_while_the_run_goes_on(board, every_breath):
    seen = []
    board.widget.children[-2].observe(lambda change: seen.append(change["new"]), names="value")
    board.k.value = 5
    assert [f"iteration {n} of 10" in line for n, line in enumerate(seen, 1)] == [True] * 10


def test_looking_at_the_readout_waits_for_the_run(board):
    said = []

    async def look():
        board.k.value = 7
        said.append(board.readout)

    in_a_notebook(look)
    assert "k = 7" in said[0] and "iteration 10 of 10" in said[0]


def test_controls_may_live_in_another_thread_than_cells(board):
    """As in JupyterLab, whose controls are answered in a thread of their own."""

    async def drag():
        for k in range(1, 11):
            board.k.value = k
            await asyncio.sleep(0.001)

    with ThreadPoolExecutor() as pool:
        dragged = pool.submit(in_a_notebook, drag)
        said = [board.set(lam=lam) for lam in [0.1, 1.0, 10.0] * 2]
        dragged.result()
    words = [f"λ = {lam}, plain λ, no biases: iteration 10 of 10" for lam in ("0.1", "1", "10")]
    assert all(word in line for word, line in zip(words * 2, said, strict=True))
    assert board.readout.startswith(f"k = 10, {words[-1]}")
    assert message(board)[0] == ""
