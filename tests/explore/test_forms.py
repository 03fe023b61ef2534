"""The forms: what they hold, what a choice changes, what is seen without a kernel."""

import numpy as np
import pytest

from als_lesson import CurveGuess, RatingForm

TITLES = ["The Salt Bakery", "Him & <Her>", "My Copper Island"]


@pytest.fixture
def form():
    return RatingForm(TITLES, [4.5, np.nan, 0.5])


def test_it_starts_with_what_was_saved(form):
    np.testing.assert_array_equal(form.stars, [4.5, np.nan, 0.5])
    assert [box.label for box in form.choices] == ["4.5 ★", "not seen", "0.5 ★"]


def test_a_choice_changes_the_stars(form):
    form.choices[1].value = 5.0
    form.choices[0].label = "not seen"
    np.testing.assert_array_equal(form.stars, [np.nan, 5.0, 0.5])


def test_every_box_is_labelled_with_its_title_and_offers_all_stars(form):
    assert [box.description for box in form.choices] == TITLES
    for box in form.choices:
        assert box.options[0][0] == "not seen"
        assert [stars for _, stars in box.options[1:]] == [5, 4.5, 4, 3.5, 3, 2.5, 2, 1.5, 1, 0.5]


def test_one_rating_belongs_to_one_title():
    with pytest.raises(ValueError, match="shorter"):
        RatingForm(TITLES, [4.5])


def test_without_a_kernel_it_reads_as_a_table(form):
    bundle = form._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<td>The Salt Bakery</td><td>4.5 ★</td>" in bundle["text/html"]
    assert "<td>Him &amp; &lt;Her&gt;</td><td>not seen</td>" in bundle["text/html"]
    assert bundle["text/plain"] == "RatingForm of 3 movies"


def test_the_scale_is_the_tables_own_and_anything_else_is_refused():
    form = RatingForm(TITLES[:2], [7, np.nan], scale=[10, 7, 1])
    assert [stars for _, stars in form.choices[0].options] == [None, 10, 7, 1]
    np.testing.assert_array_equal(form.stars, [7, np.nan])
    with pytest.raises(ValueError, match="'The Salt Bakery' was given 7, which is not among"):
        RatingForm(TITLES[:1], [7])


def test_a_guess_left_alone_is_what_it_was_made_with():
    form = CurveGuess([1, 5, 20], [1.2, 1.0, 0.8], low=0.6, high=1.4)
    np.testing.assert_array_equal(form.values, [1.2, 1.0, 0.8])
    x, y = form.points
    assert list(x) == [1, 5, 20] and list(y) == list(form.values)
    np.testing.assert_array_equal(CurveGuess([1, 2], 1, low=0, high=2).values, [1, 1])


def test_a_moved_slider_changes_the_guess_within_its_ends():
    form = CurveGuess([1, 5], 1.0, low=0.5, high=1.5)
    form.sliders[1].value = 0.7
    np.testing.assert_array_equal(form.values, [1.0, 0.7])
    form.sliders[1].value = 9
    assert form.values[1] == 1.5
    assert [slider.orientation for slider in form.sliders] == ["vertical"] * 2


def test_every_slider_is_named_by_its_place():
    form = CurveGuess([2, 10], 1.0, low=0, high=2, xlabel="k <factors>")
    assert [slider.description for slider in form.sliders] == ["2", "10"]
    assert [slider.tooltip for slider in form.sliders] == ["k <factors> 2", "k <factors> 10"]
    assert "for each k &lt;factors&gt;" in form.children[0].value


def test_a_guess_outside_its_own_sliders_is_refused():
    with pytest.raises(ValueError, match="must lie between low=0 and high=1"):
        CurveGuess([1, 2], [0.5, 3], low=0, high=1)


def test_without_a_kernel_a_guess_reads_as_a_table():
    bundle = CurveGuess([1, 20], [1.25, 1], low=0, high=2)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<th>iteration</th><th>RMSE (stars)</th>" in bundle["text/html"]
    assert "<td>20</td><td>1</td>" in bundle["text/html"]
    assert bundle["text/plain"] == "CurveGuess of 2 iterations"
