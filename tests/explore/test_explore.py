"""The explorers, driven from Python: what they show, how a run is cancelled, how errors are told."""

import ast
import asyncio
import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reading import code_cells, read_text

import als_lesson.explore
from als_lesson import (
    explore_half_step,
    explore_k_and_lambda,
    explore_zigzag,
    fit_als,
    fit_biases,
    half_step,
    simulate_ratings,
    split_ratings,
)
from als_lesson.data.matrix import RatingMatrix
from als_lesson.exercises import check_below_biases, check_one_rating
from als_lesson.explore import dashboard, explorer
from als_lesson.explore.dashboard_picture import _count, nearest_cell

FOLDER = Path(als_lesson.explore.__file__).parent


@pytest.fixture(scope="module")
def ratings():
    return split_ratings(simulate_ratings(n_users=60, n_movies=400, n_ratings=3000).ratings)


@pytest.fixture
def board(ratings):
    return explore_k_and_lambda(*ratings)


@pytest.fixture
def every_breath(monkeypatch):
    """Draw every picture a run offers, however fast they follow one another."""
    monkeypatch.setattr(explorer, "PACE", -1e9)
    monkeypatch.setattr(explorer, "BREATH", -1)


# ---- every explorer ----------------------------------------------------------------------------


@pytest.fixture(params=["dashboard", "half_step", "zigzag"])
def any_explorer(request, ratings):
    if request.param == "dashboard":
        return explore_k_and_lambda(*ratings)
    return {"half_step": explore_half_step, "zigzag": explore_zigzag}[request.param]()


def test_a_page_without_a_kernel_shows_a_picture_with_words(any_explorer):
    bundle = any_explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"] == any_explorer.readout == repr(any_explorer)
    alt = re.search(r'<figure><img alt="([^"]+)"', bundle["text/html"]).group(1)
    assert alt.startswith(any_explorer.readout[:20])
    assert "data:image/png;base64,iVBOR" in bundle["text/html"]


def test_picture_and_line_follow_a_control(any_explorer):
    lam = any_explorer.lam
    image, line = any_explorer._image.value, any_explorer.readout
    lam.value = lam.value * 10**0.5
    assert any_explorer._image.value != image
    assert any_explorer.readout != line
    assert any_explorer.readout in any_explorer._line.value.replace("&#x27;", "'")
    assert f"λ = {lam.value:.2g}" in any_explorer.readout


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


def pixels(picture):
    with Image.open(BytesIO(picture.png())) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_256_colours_are_enough_and_white_stays_white(any_explorer):
    shown = pixels(any_explorer.picture)
    drawn = np.asarray(any_explorer.picture._agg.buffer_rgba())[..., :3].astype(int)
    assert np.abs(shown - drawn).max() <= 20
    assert (shown[(drawn == 255).all(axis=-1)] == 255).all()


def test_a_word_from_a_stamp_stands_where_the_word_would(any_explorer):
    picture = any_explorer.picture
    stamped = 255 - pixels(picture)
    picture._words._renderer.draw_text = picture._words._set
    picture.forget_background()
    typeset = 255 - pixels(picture)
    for axis in (0, 1):  # half a pixel for a word here and there moves the centre by far less
        place = np.arange(stamped.shape[axis])
        centres = [(ink.sum(axis=(1 - axis, 2)) @ place) / ink.sum() for ink in (stamped, typeset)]
        assert abs(centres[0] - centres[1]) < 0.2
    assert abs(stamped.sum() / typeset.sum() - 1) < 0.005


def test_every_control_has_a_visible_label(any_explorer):
    for control in any_explorer.controls.values():
        assert control.description.strip()


def test_an_error_is_told_in_one_sentence_and_the_next_value_recovers(any_explorer, monkeypatch):
    line = any_explorer.readout

    def broken():
        raise ArithmeticError("the <b>sums</b> do not add up")
        yield

    monkeypatch.setattr(any_explorer, "frames", broken)
    any_explorer.lam.value *= 10**0.5
    said = "That did not work: the <b>sums</b> do not add up. Change a control to go on."
    assert any_explorer.readout == said
    assert 'role="alert"' in any_explorer._error.value
    assert "&lt;b&gt;sums" in any_explorer._error.value  # shown, not obeyed
    monkeypatch.undo()
    any_explorer.lam.value /= 10**0.5
    assert any_explorer._error.value == ""
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


# ---- cancellation ------------------------------------------------------------------------------


def test_in_an_event_loop_a_newer_value_cancels_the_run(board, every_breath):
    async def drag():
        board.k.value = 20
        first = board._task
        assert not first.done() and len(board.run.held_out) == 1  # the first picture came at once
        board.k.value = 3
        await asyncio.sleep(0)
        assert first.cancelled()
        await board._task

    asyncio.run(drag())
    assert (board.run.k, len(board.run.held_out)) == (3, 10)
    errors = board._maps[False, False]
    assert np.isnan(errors[:, list(dashboard.KS).index(16)]).all()  # k = 20 was never finished


def test_a_burst_of_values_ends_on_the_last(board):
    async def burst():
        for k in range(1, 31):
            board.k.value = k
            await asyncio.sleep(0)
        await board._task

    asyncio.run(burst())
    assert board.readout.startswith("k = 30,") and "iteration 10 of 10" in board.readout


def test_pictures_arrive_while_the_run_goes_on(board, every_breath):
    seen = []
    board._line.observe(lambda change: seen.append(change["new"]), names="value")
    board.k.value = 5
    assert [f"iteration {n} of 10" in line for n, line in enumerate(seen, 1)] == [True] * 10


def test_looking_at_the_readout_waits_for_the_run(board):
    async def look():
        board.k.value = 7
        return board.readout

    assert "k = 7" in (said := asyncio.run(look())) and "iteration 10 of 10" in said


# ---- the dashboard -----------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("biased", [False, True])
def test_the_dashboard_shows_what_fit_als_finds(board, ratings, weighted, biased):
    train, held_out = ratings
    board.set(k=4, lam=0.2, weighted=weighted, biases=biased)
    matrix = RatingMatrix.from_ratings(train)
    fit = fit_als(
        matrix,
        4,
        board.lam.value,
        n_iter=10,
        weighted=weighted,
        held_out=held_out,
        baseline=fit_biases(matrix) if biased else None,
    )
    assert np.allclose(board.run.objective, fit.history.objective)
    assert np.allclose(board.run.train, fit.history.train_rmse)
    assert np.allclose(board.run.held_out, fit.history.held_out_rmse)
    assert np.allclose(board.run.patch, fit.predict()[np.ix_(board._rows, board._columns)])


def test_a_pinned_run_stays_until_it_is_unpinned(board):
    board.set(k=2)
    board.pin.value = True
    assert "Pinned: k = 2," in board.set(k=9)
    ghost = board.picture._ghosts[0].get_ydata()
    assert np.allclose(ghost, board.pinned.held_out) and board.run.k == 9
    assert len(board.picture._pinned_at.get_xdata()) == 1
    board.set(weighted=True)  # another map, on which the pinned run has no place
    assert len(board.picture._pinned_at.get_xdata()) == 0 and "Pinned: k = 2," in board.readout
    board.pin.value = False
    assert "Pinned" not in board.readout and len(board.picture._ghosts[0].get_ydata()) == 0


def test_the_map_fills_as_it_is_visited_and_at_a_press(board):
    filled = lambda: np.count_nonzero(~np.isnan(board._maps[False, False]))  # noqa: E731
    assert filled() == 1
    board.set(k=2, lam=1.0)
    assert filled() == 2
    board.reveal.click()
    assert filled() == len(dashboard.KS) * len(dashboard.LAMS)
    assert "70 of 70 cells" in board.picture.alt
    assert board.run.k == 2  # filling the map moves nobody


def test_filling_the_map_stops_for_a_newer_value(board):
    async def interrupt():
        board.reveal.click()
        await asyncio.sleep(0.01)
        board.k.value = 3
        await board._task

    asyncio.run(interrupt())
    assert board.run.k == 3
    assert np.isnan(board._maps[False, False]).any()


def test_every_curve_lies_within_its_axes(board):
    for settings in ({"k": 50, "lam": 0.01}, {"k": 1, "lam": 10, "weighted": True}):
        board.set(**settings)
        for axes, curves in (
            (board.picture._rmse, board.run.train + board.run.held_out + [board.bias_rmse]),
            (board.picture._sum, np.array(board.run.objective) / 1000),
        ):
            low, high = axes.get_ylim()
            assert low <= min(curves) and max(curves) <= high


def test_one_step_of_a_slider_repaints_only_what_moves(board):
    board.set(k=10, lam=0.1)
    background = board.picture._background
    board.set(k=11)
    assert board.picture._background is background
    board.set(weighted=True)  # the curves of another objective: the axis must move
    assert board.picture._background is not background


def test_the_exercise_on_settings_knows_what_is_below_the_biases(board):
    board.bias_rmse = 2.0
    assert check_below_biases({"k": 2, "lam": 1.0}, board).correct
    board.bias_rmse = board.run.held_out[-1] + 0.001
    assert "only 0.001 below" in check_below_biases({}, board).message
    board.bias_rmse = 0.1
    said = check_below_biases({"biases": False}, board)
    assert not said.correct and "above the biases" in said.message and "left for" in said.message
    assert "no control 'size'" in check_below_biases({"size": 3}, board).message
    for nonsense in (..., None):
        assert "not started" in check_below_biases(nonsense, board).message
    assert "stopped with TypeError" in check_below_biases(7, board).message


def test_the_exercise_on_one_rating_recognizes_the_usual_slips():
    assert check_one_rating(lambda r, v, lam: r * v / (v**2 + lam)).correct
    assert "λ is missing" in check_one_rating(lambda r, v, lam: r / v).message
    assert "right-hand side" in check_one_rating(lambda r, v, lam: r * v).message
    assert "not v" in check_one_rating(lambda r, v, lam: r * v / (v + lam)).message
    assert "not started" in check_one_rating(lambda r, v, lam: ...).message


def test_a_logarithmic_slider_rounds_as_the_browser_would(board):
    board.lam.value = 0.15
    assert np.isclose(board.lam.value, 10**-0.8)
    for exponent in np.linspace(-2, 1, 31).round(9):  # to the last bit, or the browser corrects it
        board.lam.value = float(10**exponent) * 1.001
        assert board.lam.value == 10 ** float(exponent)
    step_size = explore_zigzag(step_size=0.02).step_size.value
    assert step_size == 10**-1.7
    board.lam.value = 1e-9
    assert np.isclose(board.lam.value, 0.01)


def test_the_ring_stands_in_the_cell_that_takes_on_the_colour(board):
    for settings in ({"k": 11, "lam": 0.13}, {"k": 12, "lam": 7.9}, {"k": 50, "lam": 0.01}):
        board.set(**settings)
        row, column = nearest_cell(board.run)
        assert board._maps[False, False][row, column] == board.run.held_out[-1]
        assert np.ravel(board.picture._here.get_data()).tolist() == [column, row]
        ks, lams = (
            np.abs(np.log(tried / one))
            for tried, one in ((dashboard.KS, board.run.k), (dashboard.LAMS, board.run.lam))
        )
        assert ks[column] == ks.min() and lams[row] == lams.min()


def test_a_tried_cell_never_looks_like_one_not_tried(board):
    cells = board.picture._cells
    errors = board.bias_rmse + np.linspace(-0.1, 1, 200)
    assert (cells.cmap(cells.norm(errors))[:, :3].min(axis=1) < 0.85).all()  # paper is 1


def test_one_is_not_many():
    said = [_count(n, "impossible rating") for n in (0, 1, 2)]
    assert said == ["0 impossible ratings", "1 impossible rating", "2 impossible ratings"]


def test_notebook_08_survives_whoever_moves_the_controls_between_its_cells():
    room, steps = {}, 0
    for cell in code_cells(read_text("08_explore_with_sliders")):
        if board := room.get("explorer"):
            board.pin.value = not board.pin.value
            board.set(k=3, lam=10, weighted=steps % 2 == 0, biases=steps % 3 > 0)
        if valley := room.get("valley"):
            valley.set(steps=60, lam=2.0, step_size=0.9)
        exec(cell.source, room)  # its asserts must hold all the same
        steps += 1
    assert steps > 15


# ---- the half-step -----------------------------------------------------------------------------


def test_the_half_step_shows_the_users_own_ridge_regression():
    explorer = explore_half_step()
    explorer.set(user=4, done=3, lam=0.5)
    users, movies, _ = explorer.path[2]
    matrix = RatingMatrix.from_dense(explorer.R)
    right = half_step(matrix.by_user, movies, explorer.lam.value)[4]
    star = np.ravel(explorer.picture._best.get_data())
    assert np.allclose(star, right) and np.allclose(explorer.path[3][0][4], right)
    assert "user 4 rated movies 1, 2, 4" in explorer.readout
    assert "stands at the bowl's lowest point" in explorer.readout


def test_buttons_step_run_and_start_again():
    explorer = explore_half_step()
    explorer.step.click()
    assert explorer.done.value == 1 and explorer.readout.startswith("After 1 half-step,")
    explorer.run.click()
    assert explorer.done.value == explorer.done.max
    explorer.step.click()
    assert explorer.done.value == explorer.done.max
    explorer.again.click()
    assert explorer.done.value == 0 and explorer.readout.startswith("After 0 half-steps")


def test_a_live_run_shows_every_half_step_and_stops_for_a_newer_value(monkeypatch):
    explorer_, rests, sleep = explore_half_step(), [], asyncio.sleep

    async def doze(seconds):
        rests.append(seconds)
        await sleep(0)

    monkeypatch.setattr(explorer.asyncio, "sleep", doze)

    async def watch(upto):
        explorer_.run.click()
        while explorer_.done.value < upto:
            await sleep(0)
        if upto < explorer_.done.max:
            explorer_.user.value = 3
        await explorer_._task

    asyncio.run(watch(upto=5))
    assert "After 5 half-steps" in explorer_.readout and "user 3" in explorer_.readout
    rests.clear()
    asyncio.run(watch(upto=40))
    assert len([rest for rest in rests if rest >= 0.08]) >= 34
    assert "After 40 half-steps" in explorer_.readout


def test_two_starts_of_the_toy_end_in_two_valleys():
    explorer_ = explore_half_step()
    ends = [
        (explorer_.set(start=start, lam=1.0, done=40), explorer_.path[40][2])[1] for start in (0, 1)
    ]
    assert np.allclose(ends, [55.249, 48.188], atol=1e-3)
    assert (np.diff([state[2] for state in explorer_.path[1:]]) < 0).all()


def test_the_plane_holds_every_point_of_every_path():
    explorer_ = explore_half_step()
    for start in range(10):
        for lam in (0.01, 0.1, 10):
            explorer_.set(start=start, lam=lam, done=7)
            for plane in explorer_.picture._planes:
                low, high = np.transpose([plane.get_xlim(), plane.get_ylim()])
                for users, movies, _ in explorer_.path[1:]:
                    assert (low < users).all() and (users < high).all()
                    assert (low < movies).all() and (movies < high).all()


def test_a_band_of_the_bowl_is_a_contour_of_the_objective():
    explorer_ = explore_half_step()
    explorer_.set(user=2, done=3, lam=0.5)
    movies, lam = explorer_.path[3][1], explorer_.lam.value
    rated = ~np.isnan(explorer_.R[2])
    for band in explorer_.picture._bands[::4]:
        rim = band.get_patch_transform().transform(
            [[np.cos(t), np.sin(t)] for t in np.linspace(0, 6, 20)]
        )
        height = np.sum((explorer_.R[2, rated] - rim @ movies[rated].T) ** 2, axis=1)
        assert np.ptp(height + lam * np.sum(rim**2, axis=1)) < 1e-8


def test_a_table_too_large_or_without_ratings_is_refused():
    with pytest.raises(ValueError, match=r"shape \(9, 9\).*smaller corner"):
        explore_half_step(np.ones((9, 9)))
    with pytest.raises(ValueError, match="rated nothing"):
        explore_half_step([[1.0, 2.0], [np.nan, np.nan]])


# ---- the zigzag --------------------------------------------------------------------------------


def test_als_turns_at_right_angles_and_never_climbs():
    explorer = explore_zigzag()
    explorer.set(steps=20, lam=0.1)
    moves = np.diff(explorer.als, axis=0)
    assert len(moves) == 20
    assert (np.abs(moves).min(axis=1) == 0).all()
    assert np.allclose((moves[1:] * moves[:-1]).sum(axis=1), 0)
    assert (np.diff(explorer.objective(*explorer.als.T)) < 0).all()


def test_gradient_descent_steps_against_the_slope():
    explorer = explore_zigzag(step_size=0.01)
    start, after = explorer.descent[:2]
    h = 1e-6
    slope = [
        (explorer.objective(*(start + d)) - explorer.objective(*(start - d))) / (2 * h)
        for d in (np.array([h, 0]), np.array([0, h]))
    ]
    assert np.allclose(start - explorer.step_size.value * np.array(slope), after, atol=1e-6)


def test_a_step_size_too_large_is_said_to_be():
    assert "the step is too large" in explore_zigzag(step_size=1.0).readout


# ---- the house ---------------------------------------------------------------------------------


def test_modules_are_short_and_import_nothing_they_should_not():
    for path in FOLDER.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert len(source.splitlines()) <= 240, path.name
        tree = ast.parse(source)
        assert ast.get_docstring(tree)
        imported = {n.name for w in ast.walk(tree) if isinstance(w, ast.Import) for n in w.names}
        assert imported <= {"asyncio", "numpy", "ipywidgets"}
        assert "pyplot" not in source and "Output(" not in source and "http" not in source


@pytest.mark.parametrize("R", [[[5, np.nan]], [[5], [4]]])
def test_the_half_step_takes_one_user_or_one_movie(R):
    assert "half-step" in explore_half_step(R).set(done=2)


def test_a_valley_needs_a_rating_above_zero():
    with pytest.raises(ValueError, match="must be above 0 stars"):
        explore_zigzag(rating=-4)
