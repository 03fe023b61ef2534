"""The dashboard: what fit_als finds, what was pinned, the map, and tables of other makers' shapes."""

import numpy as np
import pandas as pd
import pytest
from looking import in_a_notebook, line, panel, small_ratings, tried
from reading import NAMES, code_cells, read_text
from scipy import sparse

from als_lesson import RatingMatrix, explore_k_and_lambda, fit_als, fit_biases
from als_lesson.data.matrix import IdMap
from als_lesson.exercises import check_below_biases, check_one_rating
from als_lesson.explore import explorer as machinery
from als_lesson.explore.dashboard_picture import KS, LAMS, nearest_cell


@pytest.fixture
def board():
    return explore_k_and_lambda(*small_ratings(), n_iter=10)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("biased", [False, True])
def test_the_dashboard_shows_what_fit_als_finds(board, weighted, biased):
    train, held_out = small_ratings()
    board.set(k=4, lam=0.2, weighted=weighted, biases=biased)
    matrix = RatingMatrix.from_ratings(train)
    baseline = fit_biases(matrix) if biased else None
    settings = {"weighted": weighted, "held_out": held_out, "baseline": baseline}
    fit = fit_als(matrix, 4, board.lam.value, n_iter=10, **settings)
    assert np.allclose(board.run.objective, fit.history.objective)
    assert np.allclose(board.run.train, fit.history.train_rmse)
    assert np.allclose(board.run.held_out, fit.history.held_out_rmse)
    famous = np.argsort(-matrix.counts("items"), kind="stable")[:14]
    predicted = fit.predict()[:, famous]
    rows = [np.abs(predicted - row).max(axis=1).argmin() for row in board.run.patch]
    assert len(set(rows)) == 14 and np.allclose(predicted[rows], board.run.patch)
    corner = panel(board, "A corner").images[0].get_array().filled(np.nan)
    np.testing.assert_array_equal(corner, matrix.dense()[np.ix_(rows, famous)])


def test_a_pinned_run_stays_until_it_is_unpinned(board):
    board.set(k=2)
    board.pin.value = True
    assert "Pinned: k = 2," in board.set(k=9)
    ghost = line(panel(board, "Held out"), "pinned")
    assert np.allclose(ghost[:, 1], board.pinned.held_out) and board.run.k == 9
    assert len(marks(board, "s")) == 1
    board.set(weighted=True)  # another map, on which the pinned run has no place
    assert len(marks(board, "s")) == 0 and "Pinned: k = 2," in board.readout
    board.pin.value = False
    assert "Pinned" not in board.readout
    assert len(line(panel(board, "Held out"), "pinned")) == 0


def marks(board, marker):
    """Where the map's marks of this kind stand: the ring "o", the pinned "s", the stars "*"."""
    (found,) = [line for line in panel(board, "Map").lines if line.get_marker() == marker]
    return found.get_xydata()


def test_the_map_fills_as_it_is_visited_and_at_a_press(board):
    assert tried(board) == 1
    board.set(k=2, lam=1.0)
    assert tried(board) == 2
    board.reveal.click()
    assert tried(board) == len(KS) * len(LAMS) == 70
    assert board.run.k == 2  # filling the map moves nobody


def test_the_map_is_filled_from_python_under_a_progress_bar(board, capsys):
    board.set(weighted=True, k=8, lam=0.5)
    board.fill_map()
    assert tried(board) == 70 and board.run.k == 8
    assert board.map.loc[0.5, 8] == board.run.held_out[-1] and board.map.shape == (10, 7)
    assert "69/69" in capsys.readouterr().err
    stars = marks(board, "*")
    shades = panel(board, "Map").images[0].get_array()
    assert shades.count() == 70
    assert {tuple(star) for star in stars} == {(j, i) for i, j in np.argwhere(shades < 0)}


def test_filling_the_map_ends_a_run_first_and_stops_for_a_newer_value(board):
    async def interrupt():
        board.k.value = 2
        board.reveal.click()
        assert len(board.run.held_out) == 10
        board.k.value = 3

    in_a_notebook(interrupt)
    assert board.run.k == 3
    assert tried(board) < 70


def test_every_curve_lies_within_its_axes(board):
    for settings in ({"k": 50, "lam": 0.01}, {"k": 1, "lam": 10, "weighted": True}):
        board.set(**settings)
        for title, labels in (("Held out", ["training", "held out"]), ("The obj", ["objective"])):
            axes = panel(board, title)
            low, high = axes.get_ylim()
            for label in labels:
                curve = line(axes, label)[:, 1]
                assert len(curve) == 10
                assert low <= curve.min() and curve.max() <= high
        assert panel(board, "Held out").get_ylim()[0] <= board.bias_rmse


def test_an_axis_narrows_only_when_a_run_has_ended(board, monkeypatch):
    monkeypatch.setattr(machinery, "PACE", -1e9)  # draw every iteration
    board.set(k=50, lam=0.01)
    axes, spans = panel(board, "Held out"), []
    status = board.widget.children[-2]
    status.observe(lambda _: spans.append(np.ptp(axes.get_ylim())), names="value")
    board.set(k=1, lam=1.0, weighted=True, biases=True)
    assert len(spans) == 10
    assert (np.diff(spans[:-1]) >= 0).all() and spans[-1] < spans[-2]


def test_a_hundredth_of_a_star_is_seen_on_the_axis_when_nothing_else_is_pinned(board):
    board.set(k=2, lam=0.2, weighted=True, biases=True)
    low, high = panel(board, "Held out").get_ylim()
    curves = np.concatenate([board.run.train, board.run.held_out, [board.bias_rmse]])
    assert high - low < np.ptp(curves) + 0.3


def test_a_logarithm_of_the_gap_tells_far_errors_apart_as_well_as_near_ones(board):
    cells = panel(board, "Map").images[0]
    board.set(k=1)

    def seen(*errors):
        board.picture.update(board.run, None, np.full((len(LAMS), len(KS)), errors[0]))
        one = cells.to_rgba(cells.get_array())[0, 0, :3]
        board.picture.update(board.run, None, np.full((len(LAMS), len(KS)), errors[1]))
        return np.abs(one - cells.to_rgba(cells.get_array())[0, 0, :3]).max()

    level = board.bias_rmse
    assert seen(level + 0.31, level + 0.65) > 0.15  # 1.18 beside 1.52
    assert seen(level - 0.01, level) > 0.15
    for gap in np.linspace(-0.1, 2, 50):  # and no tried cell looks like paper
        board.picture.update(board.run, None, np.full((len(LAMS), len(KS)), level + gap))
        assert cells.to_rgba(cells.get_array())[0, 0, :3].min() < 0.85


def test_the_ring_stands_in_the_cell_that_takes_on_the_colour(board):
    for settings in ({"k": 11, "lam": 0.13}, {"k": 12, "lam": 7.9}, {"k": 50, "lam": 0.01}):
        before = panel(board, "Map").images[0].get_array().copy()
        board.set(**settings)
        row, column = nearest_cell(board.run)
        assert marks(board, "o").tolist() == [[column, row]]
        changed = np.argwhere(panel(board, "Map").images[0].get_array().mask != before.mask)
        assert changed.tolist() in ([[row, column]], [])
        for tried_values, here, mine in ((KS, column, board.run.k), (LAMS, row, board.run.lam)):
            apart = np.abs(np.log(tried_values / mine))
            assert apart[here] == apart.min()


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 impossible ratings"), (1, "1 impossible rating")]
)
def test_one_is_not_many(board, count, words):
    board.run.outside[:] = False
    board.run.outside.flat[:count] = True
    board.restart(iter([True]))
    assert panel(board, "Rebuilt").get_title(loc="left") == f"Rebuilt: {words}"


# ---- tables of other makers' shapes ------------------------------------------------------------


def rescaled(convert):
    return [table.assign(rating=convert(table.rating)) for table in small_ratings()]


@pytest.mark.parametrize(
    ("name", "convert"),
    [
        ("0 to 10", lambda stars: (stars - 0.5) / 4.5 * 10),
        ("10 to 100", lambda stars: 20 * stars),
        ("a thousandth", lambda stars: stars / 1000),
        ("below zero", lambda stars: stars - 6),
    ],
)
def test_the_scale_comes_from_the_data(board, name, convert):
    there = explore_k_and_lambda(*rescaled(convert), n_iter=10)
    low, high = convert(0.5), convert(5.0)
    for explorer in (board, there):
        explorer.set(k=3, lam=10, biases=True, weighted=True)  # biases alone: any scale is alike
    for title in ("A corner", "Rebuilt"):
        assert panel(there, title).images[0].get_clim() == pytest.approx((low, high))
    assert f"lie outside {low:g} to {high:g} stars" in there.picture.alt
    np.testing.assert_array_equal(there.run.outside, board.run.outside)
    unit = abs(convert(2.0) - convert(1.0))
    ticks = panel(there, "Held out").get_yticks()
    assert there.bias_rmse == pytest.approx(unit * board.bias_rmse)
    assert len(ticks) > 3 and np.ptp(panel(there, "Held out").get_ylim()) < 1.5 * unit


def test_plus_and_minus_one(board):
    there = explore_k_and_lambda(
        *rescaled(lambda stars: np.where(stars > 3.5, 1.0, -1.0)), n_iter=5
    )
    there.set(k=1, lam=10)
    assert panel(there, "Rebuilt").images[0].get_clim() == (-1, 1)
    assert there.run.outside.sum() == 0


def test_likes_only_leave_no_scale_to_leave(recwarn):
    there = explore_k_and_lambda(*rescaled(lambda stars: 0 * stars + 1), n_iter=5)
    there.set(k=5, lam=0.01)
    assert there.run.outside.shape == there.run.patch.shape and not there.run.outside.any()
    assert there.bias_rmse == pytest.approx(0, abs=1e-12)
    low, high = panel(there, "A corner").images[0].get_clim()
    assert low < 1 < high
    assert not recwarn.list


def table(*rows):
    return pd.DataFrame(rows, columns=["userId", "movieId", "rating"])


@pytest.mark.parametrize(
    "train",
    [
        table((1, 1, 4.0)),
        table((1, 1, 4.0), (1, 2, 3.0)),
        table((1, 1, 4.0), (2, 1, 3.0), (3, 1, 5.0)),
        table(*((u, m, 1.0 + (u + m) % 5) for u in range(15) for m in range(13))),
    ],
)
def test_a_table_smaller_than_the_patch_is_shown_whole(train, recwarn):
    there = explore_k_and_lambda(train, train[:1], n_iter=3)
    shape = min(train.userId.nunique(), 14), min(train.movieId.nunique(), 14)
    assert there.run.patch.shape == shape
    shown = panel(there, "A corner").images[0].get_array()
    assert shown.count() == shape[0] * shape[1]  # everybody rated everything
    assert "iteration 3 of 3" in there.readout
    assert not recwarn.list


def test_a_wide_table_is_never_made_dense():
    n_users, n_items, rng = 40_000, 30_000, np.random.RandomState(0)
    users, items = rng.randint(0, n_users, 5000), (rng.random_sample(5000) ** 4 * 300).astype(int)
    cells = np.unique(np.stack([users, items]), axis=1)
    ratings = sparse.csr_array((np.ones(cells.shape[1]), cells), shape=(n_users, n_items))
    ratings.data[:] = rng.randint(1, 6, ratings.nnz)
    ids = IdMap(np.arange(n_users)), IdMap(np.arange(n_items))
    matrix = RatingMatrix(ratings, ratings.T.tocsr(), *ids)  # 40,000 × 30,000: 10 GB if dense
    there = explore_k_and_lambda(matrix, matrix, n_iter=1)
    shown = panel(there, "A corner").images[0].get_array()
    assert shown.shape == (14, 14) and 0 < shown.count() < 14 * 14


def test_a_dataset_a_table_and_a_matrix_are_all_ratings():
    train, held_out = small_ratings()
    matrix = RatingMatrix.from_ratings(train)
    said = {explore_k_and_lambda(one, held_out, n_iter=2).readout for one in (train, matrix)}
    assert len(said) == 1
    with pytest.raises(ValueError, match="no ratings"):
        explore_k_and_lambda(RatingMatrix.from_dense([[np.nan]]), held_out)


# ---- the exercises that lean on it -------------------------------------------------------------


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
    assert "7 has no names: write dict(" in check_below_biases(7, board).message


def test_the_exercise_on_one_rating_recognizes_the_usual_slips():
    assert check_one_rating(lambda r, v, lam: r * v / (v**2 + lam)).correct
    assert "λ is missing" in check_one_rating(lambda r, v, lam: r / v).message
    assert "right-hand side" in check_one_rating(lambda r, v, lam: r * v).message
    assert "not v" in check_one_rating(lambda r, v, lam: r * v / (v + lam)).message
    assert "not started" in check_one_rating(lambda r, v, lam: ...).message


def test_its_notebook_survives_whoever_moves_the_controls_between_its_cells():
    (name,) = [name for name in NAMES if name.endswith("_explore_with_sliders")]
    room, steps = {}, 0
    for cell in code_cells(read_text(name)):
        if board := room.get("explorer"):
            board.pin.value = not board.pin.value
            board.set(k=3, lam=10, weighted=steps % 2 == 0, biases=steps % 3 > 0)
        if valley := room.get("valley"):
            valley.set(steps=60, lam=2.0, step_size=0.9)
        exec(cell.source, room)  # its asserts must hold all the same
        steps += 1
    assert steps > 15
