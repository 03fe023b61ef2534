"""Maps of points say in words where the marked ones lie."""

import numpy as np
import pytest

from als_lesson.plots import plot_map


def test_marked_points_are_named_with_their_place_in_every_panel():
    points = np.array([[1.0, 2.0], [-0.01, 0.5], [0.0, -3.0]])
    titles = {"one": points, "two": -points}
    picture = plot_map(titles, xlabel="x", ylabel="y", marked={"Ana's": 0, "a < b": 1}, note="Ok.")
    assert picture.alt == (
        "one: 3 points, Ana's at (1.0, 2.0), a < b at (0.0, 0.5); "
        "two: 3 points, Ana's at (-1.0, -2.0), a < b at (0.0, -0.5). Ok."
    )
    assert [axes.get_title(loc="left") for axes in picture.axes] == ["one", "two"]
    for axes, xy in zip(picture.axes, titles.values(), strict=True):
        labels = {text.get_text(): tuple(text.xy) for text in axes.texts}
        assert labels == {"Ana's": tuple(xy[0]), "a < b": tuple(xy[1])}
    assert "a &lt; b" in picture._repr_html_()


def test_labels_stay_within_their_panel_and_apart():
    corners = np.array([[3, 3], [3, -3], [-3, 3], [-3, -3.0]])
    names = [f"The Upside-Down Bakery {n} (1940)" for n in range(4)]
    picture = plot_map(
        {"a": corners}, xlabel="x", ylabel="y", marked={name: n for n, name in enumerate(names)}
    )
    picture.draw_without_rendering()
    (axes,) = picture.axes
    panel = axes.get_window_extent().padded(1)
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) == 4
    assert all(panel.contains(*box.min) and panel.contains(*box.max) for box in boxes)
    assert not any(one.overlaps(two) for n, one in enumerate(boxes) for two in boxes[:n])


def test_all_panels_share_one_scale_so_that_a_turn_looks_like_one():
    picture = plot_map({"a": [[1, 0], [0, 1]], "b": [[5, 0], [0, 2]]}, xlabel="x", ylabel="y")
    limits = {axes.get_xlim() + axes.get_ylim() for axes in picture.axes}
    assert limits == {(-5.4, 5.4, -5.4, 5.4)}
    assert {axes.get_aspect() for axes in picture.axes} == {1.0}


@pytest.mark.parametrize("sign", [1, -1])
def test_without_marks_the_words_say_how_the_points_lean(sign):
    picture = plot_map({"a": [[0, 0], [1, sign]]}, xlabel="truth", ylabel="found")
    assert picture.alt == f"a: 2 points, correlation of truth and found {sign:.2f}."
