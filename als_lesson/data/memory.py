"""One guard before every large array: a sentence instead of a kernel that dies without a word."""

import os
from pathlib import Path

_ENOUGH = 8e9  # bytes; a laptop's memory, and more than any page of the course needs
_CONTAINER = "/sys/fs/cgroup/memory.max"  # where Linux says what Docker and Binder allow


def require_memory(n_bytes, what, instead):
    """Stop before an allocation that cannot fit.

    Parameters
    ----------
    n_bytes : float
        How much is about to be allocated, all arrays of this step together.
    what : str
        What needs it, as the subject of a sentence.
    instead : str
        The next step for whoever reads the message.

    Raises
    ------
    ValueError
        If that is more than 8 GB, or than this machine (or its container) has in all.

    Examples
    --------
    >>> require_memory(8 * 10**12, "a million x a million cells", "keep to by_user")
    Traceback (most recent call last):
    ValueError: a million x a million cells need 8,000 GB of memory, and ...; keep to by_user.
    """
    if n_bytes < 1e8:  # fits anywhere, and to ask the machine takes a while
        return
    limit = _limit()
    if not n_bytes <= limit:  # which NaN does not pass
        raise ValueError(
            f"{what} need {n_bytes / 1e9:,.0f} GB of memory, and {limit / 1e9:.0f} GB is the most "
            f"that is taken here at once; {instead}."
        )


def _limit():
    """Bytes that may be taken at once, by the smallest of what the machine and we allow."""
    known = [_ENOUGH]
    try:
        known.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
        known.append(int(Path(_CONTAINER).read_text()))
    except (AttributeError, ValueError, OSError):
        pass  # Windows has no sysconf; no container, or one that says "max"
    return min(size for size in known if size > 0)
