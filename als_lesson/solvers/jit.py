"""Functions of loops turned into machine code by numba, and kept on disk for the next session.

numba's own cache looks at one source file: after an edit to `tile` it would go on running what
`compiled` once made of it. And a file cut short, or a full disk, would stop a fit. So we keep the
compiled code ourselves, each file under a checksum over code, numba's version and our sources.
Whatever fails to match, or to be read, is compiled again and written over.
"""

import hashlib
import inspect
import os
import pickle
import tempfile
from contextlib import suppress
from pathlib import Path

import numba
from numba.core.caching import FunctionCache
from numba.core.serialize import dumps

# Without the GIL; a*b + c as one instruction; dividing by zero gives infinity, as in NumPy.
OPTIONS = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "reassoc"}}
numba.njit(lambda: None)()  # numba loads the rest of itself when it first compiles: here, undivided


def compiled(function):
    """Compile when first called, for each kind of arguments; remembered where that is possible."""
    dispatcher = numba.njit(function, **OPTIONS)
    with suppress(Exception):  # no folder to write to, or a numba that keeps its house otherwise
        dispatcher._cache = _Cache(function)
    return dispatcher


class _Cache(FunctionCache):
    """Machine code of one function in a file for each kind of arguments."""

    def __init__(self, function):
        super().__init__(function)
        sources = {*Path(__file__).parent.glob("*.py"), Path(inspect.getfile(function))}
        texts = [numba.__version__.encode(), *(file.read_bytes() for file in sorted(sources))]
        self._stamp = b"".join(hashlib.sha256(text).digest() for text in texts)

    def _file(self, signature, codegen):
        kind = repr((signature, codegen.magic_tuple())).encode()
        name = f"{self._impl.filename_base}.{hashlib.sha256(kind).hexdigest()[:16]}.code"
        return Path(self._cache_path) / name

    def load_overload(self, sig, target_context):
        """The compiled function, or None if there is none, or none that can be trusted."""
        target_context.refresh()
        with suppress(Exception):  # whatever is wrong with the file: there is the source
            kept = self._file(sig, target_context.codegen()).read_bytes()
            check, code = kept[:32], kept[32:]
            if check == hashlib.sha256(self._stamp + code).digest():
                return self._impl.rebuild(target_context, pickle.loads(code))
        return None

    def save_overload(self, sig, data):
        """Keep a compiled function for next time: whole, or not at all."""
        with suppress(Exception):
            if not self._impl.check_cachable(data):
                return
            self._impl.locator.ensure_cache_path()
            code = dumps(self._impl.reduce(data))
            place = self._file(sig, data.codegen)
            handle, name = tempfile.mkstemp(dir=place.parent)
            try:
                with open(handle, "wb") as file:
                    file.write(hashlib.sha256(self._stamp + code).digest() + code)
                os.replace(name, place)
            finally:
                Path(name).unlink(missing_ok=True)
