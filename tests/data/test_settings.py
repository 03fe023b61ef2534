"""A setting is what it says, or a sentence says what it must be."""

from fractions import Fraction

import numpy as np
import pytest

from als_lesson.data.settings import check_choice, check_flag, check_number, check_whole


@pytest.mark.parametrize("value", [3, 3.0, np.int8(3), np.uint64(3), np.float32(3), Fraction(3)])
def test_numbers_of_any_make_become_plain_ones(value):
    assert (check_number("x", value), check_whole("x", value)) == (3.0, 3)
    assert type(check_number("x", value)) is float and type(check_whole("x", value)) is int


NO_NUMBERS = [None, "3", True, np.True_, [3], np.array(3), 3j, np.nan, np.inf, -np.inf, 10**400]


@pytest.mark.parametrize("value", [*NO_NUMBERS, -1, -(10**400)])
@pytest.mark.parametrize("check", [check_number, check_whole])
def test_what_is_none_is_shown_in_a_short_sentence(check, value):
    with pytest.raises(ValueError, match=r"^x=.{1,60} must be a .*, \d or more$"):
        check("x", value)


@pytest.mark.parametrize("value", [0, 2.5, 2**60])
def test_what_counts_is_whole_and_no_float_is_too_coarse_for_it(value):
    with pytest.raises(ValueError, match="must be a whole number, 1 or more"):
        check_whole("x", value)


def test_limits_are_allowed_and_so_is_infinity_where_it_is_a_limit():
    assert check_number("x", np.inf, "any", 0, np.inf) == np.inf
    assert check_whole("x", 0, "any", 0, 5) == 0 and check_whole("x", 5, "any", 0, 5) == 5
    with pytest.raises(ValueError, match="x=6 must be up to 5"):
        check_whole("x", 6, "up to 5", 0, 5)


def test_words_and_flags():
    assert check_flag("x", np.True_) is True and check_choice("x", "a", ("a", "b")) == "a"
    for value in (1, 0.0, None, "True"):
        with pytest.raises(ValueError, match="must be True or False"):
            check_flag("x", value)
    for value in ("c", None, ["a"], np.float32):
        with pytest.raises(ValueError, match=r"is not one of \['a', 'b'\]"):
            check_choice("x", value, ("a", "b"))
