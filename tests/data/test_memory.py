"""What cannot fit is refused in a sentence before it is allocated."""

import pytest

from als_lesson.data import memory


def asked(n_bytes):
    memory.require_memory(n_bytes, "the arrays", "take fewer")


def test_small_arrays_pass():
    for n_bytes in (0, 1, 1e6):
        asked(n_bytes)


@pytest.mark.parametrize("n_bytes", [9e9, 10**30, float("inf"), float("nan")])
def test_what_cannot_fit_is_refused(n_bytes):
    with pytest.raises(ValueError, match="^the arrays need .* GB of memory.*; take fewer.$"):
        asked(n_bytes)


@pytest.mark.parametrize(("allowed", "passes"), [("1000000000", False), ("max", True), ("", True)])
def test_a_container_may_allow_less(tmp_path, monkeypatch, allowed, passes):
    monkeypatch.setattr(memory, "_CONTAINER", str(tmp_path / "memory.max"))
    if allowed:
        (tmp_path / "memory.max").write_text(allowed + "\n")
    monkeypatch.setattr(memory.os, "sysconf", {"SC_PHYS_PAGES": 10**6, "SC_PAGE_SIZE": 4096}.get)
    if passes:
        asked(1.5e9)
    else:
        with pytest.raises(ValueError, match="and 1 GB is the most"):
            asked(1.5e9)
    with pytest.raises(ValueError, match="need 7 GB of memory, and [14] GB is"):
        asked(7e9)


def test_a_machine_that_does_not_tell_is_a_laptop(monkeypatch):
    monkeypatch.delattr(memory.os, "sysconf")  # as on Windows
    asked(7e9)
    with pytest.raises(ValueError, match="need 9 GB of memory, and 8 GB is the most"):
        asked(9e9)
