"""Pictures of timings: every number is in the alt text, and slopes are exponents."""

import numpy as np
import pytest

from als_lesson.plots import plot_growth, plot_seconds, slope


@pytest.mark.parametrize("power", [-1.0, 0.5, 1.0, 3.0])
def test_the_slope_is_the_exponent_of_a_power_law(power):
    x = np.array([1.0, 3.0, 10.0, 200.0])
    assert slope(x, 7 * x**power) == pytest.approx(power)


def test_bars_end_at_their_seconds_slowest_on_top():
    picture = plot_seconds({"quick": 0.004, "slow": 2.5, "middle": 0.1}, title="Three")
    (axes,) = picture.axes
    ends = [line.get_xdata()[0] for line in axes.get_lines() if len(line.get_xdata()) == 1]
    assert ends == [2.5, 0.1, 0.004]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["slow", "middle", "quick"]
    assert axes.get_xscale() == "log" and axes.yaxis_inverted()
    low, high = axes.get_xlim()
    assert low < 0.004 and high > 2.5
    assert picture.alt.endswith("slow 2.5, middle 0.1, quick 0.004.")


def test_growth_is_drawn_on_two_logarithmic_axes_with_its_slopes():
    x, y = [10, 20, 40], np.array([1.0, 4.0, 16.0])
    picture = plot_growth(
        {"One": ("k", {"a": (x, y)}), "Two": ("n", {"b": (x, 2 * y)})}, ylabel="s"
    )
    for axes, values in zip(picture.axes, (y, 2 * y), strict=True):
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        np.testing.assert_array_equal(axes.get_lines()[0].get_ydata(), values)
        assert "(slope 2.0)" in axes.get_legend().get_texts()[0].get_text()
    assert "One. a (slope 2.0): from 1 at k = 10 to 16 at k = 40; Two. b" in picture.alt
    assert picture.png()[:4] == b"\x89PNG"


def test_growth_without_slopes_names_none():
    picture = plot_growth({"One": ("k", {"a": ([1, 2], [1, 2])})}, ylabel="MB", slopes=False)
    assert "slope" not in picture.alt and picture.alt.endswith("Up: MB.")
