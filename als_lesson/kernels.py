"""The half-step of `ridge`, compiled: the same answer, many times sooner.

Each row's ridge regression is solved exactly, by Cholesky, in whichever of two forms is smaller:
k x k, u = (VᵀV + λI)⁻¹ Vᵀr, or for a row with n < k ratings n x n, u = Vᵀ (VVᵀ + λI)⁻¹ r (here V
holds only the rows of the n rated items). Both spend their time in sums of outer products, which
`_tile` computes with all sums in the processor's registers.

Rows are shared out among threads, and no sum crosses a row: any number of threads, the same bits.
"""

import sys
from queue import SimpleQueue
from threading import Thread

import numpy as np
from llvmlite import ir
from numba import config, njit, types
from numba.core import cgutils, event
from numba.extending import intrinsic

from . import ridge

ROWS, VECTORS, BYTES = 4, 2, 32  # a tile is 4 rows of 2 vectors of 32 bytes: 8 doubles, 16 singles
BLOCK = 64  # ratings gathered at a time, few enough to stay in the fastest cache
SHARES = 8  # of the rows, per thread: whoever is done early takes another
WORTH_A_THREAD = 2e6  # multiplications: below, starting a thread takes longer than the work


def _compiled(function):
    """Compile without the GIL, a*b + c as one instruction; on disk where a folder allows it."""
    options = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "reassoc"}}
    try:
        return njit(function, cache=True, **options)
    except RuntimeError:  # numba found no folder it may write to
        return njit(function, **options)


def _tile_writer(finish):
    """Make an operation on one tile, for LLVM: numba alone would send every sum through memory.

    The sums are S = X[:m, a:a+4]ᵀ X[:m, b:b+8] (16 columns for singles), and the tile
    G[a:a+4, b:b+8] becomes, as `finish` says, G + S or T (G - S), with T 4 x 4, lower triangular.
    """

    @intrinsic
    def tile(typing_context, G, X, m, a, b, T):
        def generate(context, builder, signature, arguments):
            number = context.get_data_type(G.dtype)
            size = context.get_abi_sizeof(number)
            lanes = BYTES // size
            vector, whole, i32 = ir.VectorType(number, lanes), ir.IntType(64), ir.IntType(32)
            fast = {"flags": ("contract",)}
            m, a, b = arguments[2:5]

            def reader(array_type, value):
                array = context.make_array(array_type)(context, builder, value)
                width = cgutils.unpack_tuple(builder, array.shape)[1]
                return lambda i, j: builder.gep(array.data, [builder.add(builder.mul(i, width), j)])

            def vector_at(start, j):
                return builder.bitcast(
                    builder.gep(start, [whole(j * lanes)]), vector.as_pointer()
                )

            def spread(pointer):
                one = builder.insert_element(vector(ir.Undefined), builder.load(pointer), i32(0))
                return builder.shuffle_vector(one, one, ir.VectorType(i32, lanes)([0] * lanes))

            of_g, of_x, of_t = map(reader, (G, X, T), (*arguments[:2], arguments[5]))
            sums = [[cgutils.alloca_once_value(builder, vector(None)) for _ in range(VECTORS)]
                    for _ in range(ROWS)]
            with cgutils.for_range(builder, m) as loop:
                left, right = of_x(loop.index, a), of_x(loop.index, b)
                y = [builder.load(vector_at(right, j), align=size) for j in range(VECTORS)]
                for i in range(ROWS):
                    x = spread(builder.gep(left, [whole(i)]))
                    for j in range(VECTORS):
                        total = builder.fadd(
                            builder.load(sums[i][j]), builder.fmul(x, y[j], **fast), **fast)
                        builder.store(total, sums[i][j])
            combine = builder.fsub if finish == "solve" else builder.fadd
            for j in range(VECTORS):
                places = [vector_at(of_g(builder.add(a, whole(i)), b), j) for i in range(ROWS)]
                column = [combine(builder.load(place, align=size), builder.load(sums[i][j]))
                          for i, place in enumerate(places)]
                for i, place in enumerate(places):
                    total = column[i]
                    if finish == "solve":
                        total = builder.fmul(spread(of_t(whole(i), whole(0))), column[0])
                        for l in range(1, i + 1):
                            t = spread(of_t(whole(i), whole(l)))
                            total = builder.fadd(total, builder.fmul(t, column[l], **fast), **fast)
                    builder.store(total, place, align=size)
            return context.get_dummy_value()

        return types.void(G, X, types.intp, types.intp, types.intp, T), generate

    return tile


_add_tile = _tile_writer("add")
_solve_tile = _tile_writer("solve")


@_compiled
def _gram(G, X, m, p, T):
    """Add XᵀX of the first m rows and p columns to the upper triangle of G."""
    width = BYTES * VECTORS // X.itemsize
    for a in range(0, p, ROWS):
        for b in range(a, p, width):
            _add_tile(G, X, m, a, b, T)


@_compiled
def _invert_corner(G, a, T):
    """T = L⁻¹ for the 4 x 4 corner LLᵀ of G at a; False if a pivot is not positive."""
    b, c, d = a + 1, a + 2, a + 3
    t0 = 1 / np.sqrt(G[a, a])
    l10, l20, l30 = G[a, b] * t0, G[a, c] * t0, G[a, d] * t0
    t1 = 1 / np.sqrt(G[b, b] - l10 * l10)
    l21, l31 = (G[b, c] - l10 * l20) * t1, (G[b, d] - l10 * l30) * t1
    t2 = 1 / np.sqrt(G[c, c] - l20 * l20 - l21 * l21)
    l32 = (G[c, d] - l20 * l30 - l21 * l31) * t2
    t3 = 1 / np.sqrt(G[d, d] - l30 * l30 - l31 * l31 - l32 * l32)
    T[0, 0], T[1, 1], T[2, 2], T[3, 3] = t0, t1, t2, t3
    T[1, 0], T[2, 1], T[3, 2] = -t1 * l10 * t0, -t2 * l21 * t1, -t3 * l32 * t2
    T[2, 0] = -t2 * (l20 * t0 + l21 * T[1, 0])
    T[3, 1] = -t3 * (l31 * t1 + l32 * T[2, 1])
    T[3, 0] = -t3 * (l30 * t0 + l31 * T[1, 0] + l32 * T[2, 0])
    return t0 + t1 + t2 + t3 < np.inf  # a root of a negative is NaN, of zero 1 / 0


@_compiled
def _solve(G, x, p, T, eye):
    """Solve G x = x in place by Cholesky, G = LLᵀ, with Lᵀ written over G's upper triangle.

    NaN if rounding left G without a positive pivot.
    """
    width = BYTES * VECTORS // G.itemsize
    end = -(-p // ROWS) * ROWS
    for i in range(p, end):  # padding: equations that say 1 x = 0
        G[i, i] = 1
        x[i] = 0
    for i in range(end):
        G[i, end] = x[i]
    for a in range(0, end, ROWS):
        _solve_tile(G, G, a, a, a, eye)
        if not _invert_corner(G, a, T):
            for i in range(p):
                x[i] = np.nan
            return
        _solve_tile(G, G, 0, a, a, T)
        for b in range(a + width, end + 1, width):
            _solve_tile(G, G, a, a, b, T)
        for i in range(ROWS):
            G[a + i, a + i] = T[i, i]
    for a in range(end - ROWS, -1, -ROWS):  # Lᵀ x = y from below, four sums side by side
        s0, s1, s2, s3 = G[a, end], G[a + 1, end], G[a + 2, end], G[a + 3, end]
        for b in range(a + ROWS, end):
            s0 -= G[a, b] * x[b]
            s1 -= G[a + 1, b] * x[b]
            s2 -= G[a + 2, b] * x[b]
            s3 -= G[a + 3, b] * x[b]
        x[a + 3] = s3 * G[a + 3, a + 3]
        x[a + 2] = (s2 - G[a + 2, a + 3] * x[a + 3]) * G[a + 2, a + 2]
        x[a + 1] = (s1 - G[a + 1, a + 2] * x[a + 2] - G[a + 1, a + 3] * x[a + 3]) * G[a + 1, a + 1]
        x[a] = (
            s0 - G[a, a + 1] * x[a + 1] - G[a, a + 2] * x[a + 2] - G[a, a + 3] * x[a + 3]
        ) * G[a, a]


@_compiled
def _scale(weights, entry):
    """√weight multiplies a rating and its factors, and the sum of squares is weighted."""
    return 1.0 if weights is None else np.sqrt(weights[entry])


@_compiled
def _solve_rows(start, stop, indptr, indices, values, weights, factors, lam, weighted, solved):
    """Solve for rows start to stop, in one workspace."""
    k = factors.shape[1]
    reach = BYTES * VECTORS // factors.itemsize  # a tile's last columns may be past the end
    X = np.zeros((max(BLOCK, k), k + ROWS + reach), factors.dtype)
    G = np.zeros((k + ROWS, k + ROWS + reach), factors.dtype)
    x = np.zeros(k + ROWS, factors.dtype)
    T, eye = np.zeros((ROWS, ROWS), factors.dtype), np.eye(ROWS, dtype=factors.dtype)
    for row in range(start, stop):
        first, last = indptr[row], indptr[row + 1]
        n = last - first
        p = min(n, k)
        end = -(-p // ROWS) * ROWS + reach
        for a in range(end - reach):
            for b in range(a, end):
                G[a, b] = 0
        if n < k:  # X = Vᵀ, a column per rating
            for i in range(n):
                item, scale = indices[first + i], _scale(weights, first + i)
                x[i] = scale * values[first + i]
                for c in range(k):
                    X[c, i] = scale * factors[item, c]
            for c in range(k):
                for i in range(n, end):
                    X[c, i] = 0
            _gram(G, X, k, n, T)
        else:  # X = V, a row per rating, block by block
            for c in range(k):
                x[c] = 0
            for block in range(first, last, BLOCK):
                m = min(BLOCK, last - block)
                for i in range(m):
                    item, scale = indices[block + i], _scale(weights, block + i)
                    value = scale * values[block + i]
                    for c in range(k):
                        X[i, c] = scale * factors[item, c]
                        x[c] += value * X[i, c]
                _gram(G, X, m, k, T)
        for i in range(p):
            G[i, i] += lam * n if weighted else lam
        _solve(G, x, p, T, eye)
        if n < k:
            for i in range(n):
                item, share = indices[first + i], x[i] * _scale(weights, first + i)
                for c in range(k):
                    solved[row, c] += share * factors[item, c]
        else:
            for c in range(k):
                solved[row, c] = x[c]


@_compiled
def _row_errors(start, stop, indptr, indices, values, row_factors, factors, errors):
    """Squared error of rows start to stop, a sum for each."""
    for row in range(start, stop):
        for entry in range(indptr[row], indptr[row + 1]):
            error, item = values[entry], indices[entry]
            for c in range(factors.shape[1]):
                error -= row_factors[row, c] * factors[item, c]
            errors[row] += error * error


class _Teller(event.Listener):
    """Says, once, why the first answer takes its time."""

    told = False

    def on_start(self, happening):
        if not self.told:
            self.told = True
            print("Compiling the solver (once, some seconds) ...", file=sys.stderr, flush=True)

    def on_end(self, happening):
        pass


_teller = _Teller()


def _in_parallel(kernel, costs, *arguments):
    """Call kernel(start, stop, *arguments) on shares of rows of like cost, on every core."""
    done = np.cumsum(costs)
    threads = int(min(config.NUMBA_NUM_THREADS, 1 + done[-1] // WORTH_A_THREAD))
    shares = 1 if threads == 1 else SHARES * threads
    bounds = np.searchsorted(done, done[-1] * np.arange(1, shares) / shares).tolist()
    queue = SimpleQueue()
    for share in [*zip([0, *bounds], [*bounds, len(done)], strict=True), *[None] * threads]:
        queue.put(share)

    def work():
        for start, stop in iter(queue.get, None):
            kernel(start, stop, *arguments)

    with event.install_listener("numba:compile", _teller):
        helpers = [Thread(target=work) for _ in range(threads - 1)]
        for helper in helpers:
            helper.start()
        work()
        for helper in helpers:
            helper.join()


def half_step(ratings, factors, lam, weighted=False, weights=None):
    """Solve every row's ridge regression at once, exactly as `ridge.half_step` does.

    u_i = argmin Σ_j w_ij (r_ij - u·v_j)² + λ‖u‖², the sum over the items j that user i rated.

    Parameters
    ----------
    ratings, factors, lam, weighted
        As in `ridge.half_step`. With single-precision `factors`, so is the work and the answer.
    weights : ndarray, shape (nnz,), optional
        w_ij ≥ 0 in the order of ``ratings.data``; 1 if left out.

    Returns
    -------
    ndarray, shape (n_rows, k)
        A row without ratings gets zeros.

    Notes
    -----
    λ = 0 is left to `ridge.half_step`, which finds the solution of minimum norm.

    Examples
    --------
    >>> from als_lesson import RatingMatrix
    >>> R = RatingMatrix.from_dense([[4, np.nan, 2]])
    >>> half_step(R.by_user, np.array([[1.], [1.], [1.]]), lam=1)
    array([[2.]])
    """
    if lam == 0 and weights is None:
        return ridge.half_step(ratings, factors, lam)
    factors = np.ascontiguousarray(factors, np.float32 if factors.dtype == "f4" else np.float64)
    n_rows, k = ratings.shape[0], factors.shape[1]
    solved = np.zeros((n_rows, k), factors.dtype)
    counts = np.diff(ratings.indptr)
    smaller = np.minimum(counts, k)
    costs = smaller * (counts * k + smaller * smaller / 3 + 1000.0)
    _in_parallel(
        _solve_rows, costs, ratings.indptr, ratings.indices, ratings.data, weights,
        factors, factors.dtype.type(lam), weighted, solved,
    )  # fmt: skip
    for row in np.flatnonzero(np.isnan(solved[:, 0])):
        solved[row] = _careful(row, ratings, factors, lam, weighted, weights)
    return solved


def _careful(row, ratings, factors, lam, weighted, weights):
    """One row by least squares, without squaring anything: for a λ lost to rounding."""
    entries = slice(*ratings.indptr[row : row + 2])
    scale = np.ones(entries.stop - entries.start) if weights is None else np.sqrt(weights[entries])
    penalty = np.sqrt(lam * len(scale) if weighted else lam) * np.eye(factors.shape[1])
    features = np.vstack([scale[:, None] * factors[ratings.indices[entries]], penalty])
    target = np.append(scale * ratings.data[entries], np.zeros(len(penalty)))
    return np.linalg.lstsq(features, target)[0]


def squared_error(matrix, user_factors, item_factors):
    """SSE = Σ over observed (r_ij - u_i·v_j)², as `metrics.squared_error` has it."""
    ratings, errors = matrix.by_user, np.zeros(matrix.shape[0])
    costs = matrix.counts("users") * float(user_factors.shape[1])
    _in_parallel(
        _row_errors, costs, ratings.indptr, ratings.indices, ratings.data,
        user_factors, item_factors, errors,
    )  # fmt: skip
    return float(errors.sum())
