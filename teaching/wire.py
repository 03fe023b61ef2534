"""How questions and answers travel between the grader and the process an answer runs in.

Lengths and JSON, nothing that could carry code. What an answer is made of becomes a number, an
array, text or a list; of anything else only the name of its type arrives.
"""

import base64
import json
import numbers
import re
import struct
import time

import numpy as np

LARGEST = 2**20  # bytes of a message
MOST = 50_000  # numbers in an array


class Garbled(Exception):
    """What arrived is no message."""


class TooSlow(Exception):
    """Nothing arrived in time."""


class Ended(Exception):
    """The other side has gone."""


def send(connection, message):
    """Send a message: its length, then JSON."""
    data = json.dumps(message).encode()
    connection.sendall(struct.pack("<I", len(data)) + data)


def receive(connection, seconds=None):
    """The next message, within so many seconds if given."""
    deadline = None if seconds is None else time.monotonic() + seconds
    (length,) = struct.unpack("<I", _read(connection, 4, deadline))
    if length > LARGEST:
        raise Garbled(f"a message of {length:,} bytes")
    try:
        message = json.loads(_read(connection, length, deadline))
    except (ValueError, RecursionError) as error:
        raise Garbled(type(error).__name__) from None
    if not isinstance(message, dict):
        raise Garbled("no dictionary")
    return message


def _read(connection, length, deadline):
    data = b""
    while len(data) < length:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise TooSlow
        connection.settimeout(left)
        try:
            part = connection.recv(min(length - len(data), 2**16))
        except TimeoutError:
            raise TooSlow from None
        except OSError:
            raise Ended from None
        if not part:
            raise Ended
        data += part
    return data


def pack(value, depth=6, tables=False):
    """A value as JSON can say it, a table as one or as an array; never raises, whatever it is."""
    try:
        return _pack_table(value) if tables and hasattr(value, "columns") else _pack(value, depth)
    except Exception:
        return {"kind": "other", "type": "object", "text": ""}


def _pack_table(value):
    columns = {name: pack(value[name].to_numpy()) for name in value.columns}
    return {"kind": "table", "columns": columns, "index": pack(value.index.to_numpy())}


def _pack(value, depth):
    if value is None or value is Ellipsis:
        return {"kind": "nothing"}
    if isinstance(value, bool | float) or type(value) is int and value.bit_length() < 1000:
        return value
    if isinstance(value, str | bytes):
        return {"kind": "text", "text": str(value[:200])}
    if isinstance(value, list | tuple) and depth and len(value) <= MOST:
        return {"kind": "list", "items": [pack(one, depth - 1) for one in value]}
    if isinstance(value, dict) and depth and len(value) <= 1000:
        pairs = [[pack(key, 0), pack(one, depth - 1)] for key, one in value.items()]
        return {"kind": "dict", "pairs": pairs}
    if isinstance(value, numbers.Real) and not isinstance(value, int):
        return float(value)
    if np.ma.isMaskedArray(value):
        value = value.astype(float).filled(np.nan)
    return _pack_array(value, depth)


def _pack_array(value, depth):
    array = np.asarray(value)
    if array.dtype.kind in "buif" and array.size <= MOST:
        data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
        return {"kind": "array", "type": array.dtype.str, "shape": array.shape, "data": data}
    if array.dtype.kind == "O" and array.ndim and depth and array.size <= MOST:
        return pack(array.tolist(), depth - 1)
    if array.dtype.kind in "SU" and array.size:
        return {"kind": "text", "text": str(array.flat[0])[:200]}
    return {"kind": "other", "type": type(value).__name__[:60], "text": _spell(value)}


def _spell(value):
    """A short text for something that does not travel."""
    try:
        return repr(value)[:200]
    except Exception:
        return ""


class Other:
    """Stands for something that did not travel."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text or f"a {type(self).__name__}"


def unpack(said, tables=None):
    """The value that was packed; Garbled if that was no value.

    `tables` makes a table of columns and an index; without it, a table is no value.
    """
    try:
        return _unpack(said, tables)
    except (KeyError, TypeError, ValueError, RecursionError, AttributeError, OverflowError):
        raise Garbled("no value") from None


def _unpack(said, tables):
    if isinstance(said, bool | int | float):
        return said
    kind = said["kind"]
    if kind == "nothing":
        return None
    if kind == "text":
        return str(said["text"])
    if kind == "list":
        return [_unpack(one, tables) for one in said["items"]]
    if kind == "dict":
        return {_unpack(key, tables): _unpack(one, tables) for key, one in said["pairs"]}
    if kind == "array":
        return _unpack_array(said)
    if kind == "table":
        columns = {name: _unpack(one, tables) for name, one in said["columns"].items()}
        return tables(columns, _unpack(said["index"], tables))
    name = re.sub(r"\W", "", str(said["type"]))[:60] or "object"
    return type(name, (Other,), {})(str(said["text"])[:200])


def _unpack_array(said):
    if not re.fullmatch(r"[<|][buif]\d{1,2}", said["type"]):
        raise ValueError(said["type"])
    data = base64.b64decode(said["data"], validate=True)
    shape = [int(n) for n in said["shape"]]
    if len(shape) > 32 or min(shape, default=0) < 0:
        raise ValueError(shape)
    return np.frombuffer(data, said["type"]).reshape(shape).copy()
