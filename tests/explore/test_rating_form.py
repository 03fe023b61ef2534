"""The rating form: what it holds, what a choice changes, what is seen without a kernel."""

import numpy as np
import pytest

from als_lesson.explore.rating_form import RatingForm

TITLES = ["The Salt Bakery", "Him & <Her>", "My Copper Island"]


@pytest.fixture
def form():
    return RatingForm(TITLES, [4.5, np.nan, 0.5])


def test_it_starts_with_what_was_saved(form):
    np.testing.assert_array_equal(form.stars, [4.5, np.nan, 0.5])


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
