"""The half-step explorer: the user's own ridge regression, buttons, two valleys, any small table."""

import asyncio
import re

import numpy as np
import pytest
from looking import in_a_notebook, line, panel
from matplotlib.patches import Ellipse

from als_lesson import RatingMatrix, explore_half_step, half_step
from als_lesson.explore import explorer as machinery


def planes(explorer):
    """The two planes of factors: with the bowl, and with everybody."""
    return [axes for axes in explorer.picture.axes if axes.get_xlabel() == "first factor"]


def test_it_opens_after_several_half_steps_with_no_panel_empty():
    explorer = explore_half_step()
    assert explorer.readout.startswith("After 6 half-steps")
    bowl, everybody = planes(explorer)
    assert len(line(bowl, "user now")) == 1 and len(line(bowl, "lowest point")) == 1
    trails = [len(one.get_xdata()) for one in everybody.lines if one.get_alpha() == 0.45]
    assert trails == [6] * 6 + [7] * 5  # the users appear with the first half-step
    objective = panel(explorer, "Objective")
    assert len(objective.lines[0].get_xdata()) == 6
    assert "to come" not in objective.get_title(loc="left")


def test_the_half_step_shows_the_users_own_ridge_regression():
    explorer = explore_half_step()
    explorer.set(user=4, done=3, lam=0.5)
    users, movies, _ = explorer.path[2]
    matrix = RatingMatrix.from_dense(explorer.R)
    right = half_step(matrix.by_user, movies, explorer.lam.value)[4]
    star = line(planes(explorer)[0], "lowest point")[0]
    assert np.allclose(star, right) and np.allclose(explorer.path[3][0][4], right)
    assert "user 4 rated movies 1, 2, 4" in explorer.readout
    assert "stands at the bowl's lowest point" in explorer.readout


def test_the_sums_on_the_page_add_up():
    explorer = explore_half_step(done=3)
    explorer.set(user=0, done=3, lam=1.0)
    sums = panel(explorer, "A and b")
    texts = [text.get_text() for text in sums.texts]
    numbers = np.array([text for text in texts if re.fullmatch(r"-?\d+\.\d+", text)], dtype=float)
    movies, (penalty, A, b) = numbers[:18].reshape(3, 6), np.split(numbers[18:], [4, 8])
    assert np.allclose(movies[:, :4].sum(axis=0) + penalty, A, atol=0.03)
    assert np.allclose(movies[:, 4:].sum(axis=0), b, atol=0.03)


def test_buttons_step_run_and_start_again():
    explorer = explore_half_step(done=0)
    explorer.step.click()
    assert explorer.done.value == 1 and explorer.readout.startswith("After 1 half-step,")
    explorer.run.click()
    assert explorer.done.value == explorer.done.max
    explorer.step.click()
    assert explorer.done.value == explorer.done.max
    explorer.again.click()
    assert explorer.done.value == 0 and explorer.readout.startswith("After 0 half-steps")


def test_a_live_run_shows_every_half_step_and_stops_for_a_newer_value(monkeypatch):
    explorer, rests, sleep = explore_half_step(done=0), [], asyncio.sleep

    async def doze(seconds):
        rests.append(seconds)
        await sleep(0)

    monkeypatch.setattr(machinery.asyncio, "sleep", doze)

    def watch(upto):
        async def press():
            explorer.run.click()
            while explorer.done.value < upto:
                await sleep(0)
            if upto < explorer.done.max:
                explorer.user.value = 3

        in_a_notebook(press)

    watch(upto=5)
    assert "After 5 half-steps" in explorer.readout and "user 3" in explorer.readout
    rests.clear()
    watch(upto=40)
    assert len([rest for rest in rests if rest >= 0.08]) >= 34
    assert "After 40 half-steps" in explorer.readout


def test_two_starts_of_the_toy_end_in_two_valleys():
    explorer, ends = explore_half_step(), []
    for start in (0, 1):
        explorer.set(start=start, lam=1.0, done=40)
        objectives = [state[2] for state in explorer.path[1:]]
        assert (np.diff(objectives) < 0).all()
        assert objectives[-2] - objectives[-1] < 1e-3  # it has arrived
        ends.append(objectives[-1])
    assert ends[0] - ends[1] > 5


def test_the_plane_holds_every_point_of_every_path():
    explorer = explore_half_step()
    for start in range(10):
        for lam in (0.01, 0.1, 10):
            explorer.set(start=start, lam=lam, done=7)
            assert within(planes(explorer), explorer.path[1:])


def within(planes, path):
    """Whether every user and movie of a path lies within the limits of every plane."""
    limits = [np.transpose([plane.get_xlim(), plane.get_ylim()]) for plane in planes]
    points = np.concatenate([side for state in path for side in state[:2]])
    return all((low < points).all() and (points < high).all() for low, high in limits)


def test_a_band_of_the_bowl_is_a_contour_of_the_objective():
    explorer = explore_half_step()
    explorer.set(user=2, done=3, lam=0.5)
    movies, lam = explorer.path[3][1], explorer.lam.value
    rated = ~np.isnan(explorer.R[2])
    bands = [patch for patch in planes(explorer)[0].patches if isinstance(patch, Ellipse)]
    assert len(bands) > 5
    for band in bands[::4]:
        turn = [[np.cos(t), np.sin(t)] for t in np.linspace(0, 6, 20)]
        rim = band.get_patch_transform().transform(turn)
        height = np.sum((explorer.R[2, rated] - rim @ movies[rated].T) ** 2, axis=1)
        assert np.ptp(height + lam * np.sum(rim**2, axis=1)) < 1e-8


def test_a_table_too_large_or_without_ratings_is_refused():
    with pytest.raises(ValueError, match=r"shape \(9, 9\).*smaller corner"):
        explore_half_step(np.ones((9, 9)))
    with pytest.raises(ValueError, match="rated nothing"):
        explore_half_step([[1.0, 2.0], [np.nan, np.nan]])
    with pytest.raises(ValueError, match="holds no ratings"):
        explore_half_step(np.empty((0, 3)))


@pytest.mark.parametrize("R", [[[5, np.nan]], [[5], [4]], [[3]], [[0.0, 0.0], [0.0, np.nan]]])
def test_it_takes_one_user_one_movie_or_nothing_but_zeros(R, recwarn):
    assert "half-step" in explore_half_step(R).set(done=2)
    assert not recwarn.list


@pytest.mark.parametrize("masked", [True, False])
def test_a_masked_cell_is_blank_and_a_matrix_is_a_table(masked):
    blank = np.array([[5, np.nan], [np.nan, 4.0]])
    R = np.ma.masked_equal([[5.0, 0], [0, 4]], 0) if masked else RatingMatrix.from_dense(blank)
    explorer = explore_half_step(R)
    np.testing.assert_array_equal(explorer.R, blank)
    assert "user 0 rated movies 0, and only" in explorer.readout


@pytest.mark.parametrize("scale", [1 / 5, 2, 20])
def test_another_scale_fits_on_the_page(scale):
    explorer = explore_half_step(scale * explore_half_step().R, lam=0.1)
    explorer.set(done=9)
    assert within(planes(explorer), explorer.path[1:])
    low, high = panel(explorer, "Objective").get_ylim()
    objectives = [state[2] for state in explorer.path[1:]]
    assert max(objectives) <= high <= 2 * max(objectives)  # neither outside nor at the bottom
    bowl = planes(explorer)[0]
    bands = [patch for patch in bowl.patches if isinstance(patch, Ellipse)]
    widest = max(band.width for band in bands)
    assert 0.1 < widest / np.ptp(bowl.get_xlim()) < 10  # a bowl, not a speck and not a plain
    page = [text for axes in explorer.picture.axes for text in axes.texts]
    assert max(len(text.get_text()) for text in page) < 12
