"""Turn the bytes of a text file into a table, whatever its separator and encoding."""

import warnings

import pandas as pd


def parse_table(file, where, text=()):
    r"""Turn the text of a file into a table whose index is the line in the file.

    Parameters
    ----------
    file : binary file object that can seek
        A header line and rows separated by commas, semicolons or tabs; UTF-8 or Latin-1.
    where : str or path-like
        What to call the file in an error message.
    text : list of str
        Columns to keep as the text they are, without looking for numbers.

    Returns
    -------
    DataFrame
        The index is called "line" and starts at 2, below the header (blank lines not counted).

    Raises
    ------
    ValueError
        If the file is empty, or no such table.

    Examples
    --------
    >>> from io import BytesIO
    >>> parse_table(BytesIO("name;stars\nZoë;4".encode("latin-1")), "my.csv").loc[2, "name"]
    'Zoë'
    """
    options = {
        "sep": _separator(file, where),
        "dtype": dict.fromkeys(text, str),
        "keep_default_na": False,  # a user called NA is a user; only an empty cell is missing
        "na_values": [""],
        "skipinitialspace": True,
    }
    try:
        table = _read_csv(file, options)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        reason = str(error).strip().removeprefix("Error tokenizing data. C error: ")
        raise ValueError(
            f"{where}: not a table with one row per line ({reason}); correct it there."
        ) from error
    if not isinstance(table.index, pd.RangeIndex):  # how pandas takes in the surplus
        raise ValueError(
            f"{where}: line 2 has more fields than the header has names; quote fields that "
            "contain the separator, and end no line with it."
        )
    table.columns = [str(name).strip() for name in table.columns]
    table.index = pd.RangeIndex(2, len(table) + 2, name="line")
    return table


def _read_csv(file, options):
    with warnings.catch_warnings():
        # A column of mixed types is settled by its dtype afterwards.
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)
        try:
            return pd.read_csv(file, encoding="utf-8-sig", **options)
        except UnicodeDecodeError:
            file.seek(0)
            return pd.read_csv(file, encoding="latin-1", **options)


def _separator(file, where):
    """Tell the separator from the header, having looked whether this is text at all."""
    file.seek(0)
    head = file.read(65536)
    file.seek(0)
    if not head.strip():
        raise ValueError(f"{where}: the file is empty; it needs a header line and ratings.")
    if b"\0" in head:
        raise ValueError(f"{where}: not a text file; save the table as CSV (UTF-8) and load that.")
    header = head.strip().splitlines()[0]
    return max(",", ";", "\t", key=lambda separator: header.count(separator.encode()))
