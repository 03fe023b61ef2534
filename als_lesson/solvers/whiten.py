"""Watches turned into ridge regressions of their own: features for which all cells cost the same."""

import numpy as np

from .checks import holding

NEGLIGIBLE = 1e-20  # an extra confidence that changes no sum, and may be divided by
LOST = 1e-8  # a pivot so small beside the diagonal is mostly rounding


def whitened(cross, extra, factors, lam):
    """Ratings and weights for `half_step`, features F = V T, and T with its inverse.

    `cross` is the engine's leftᵀ right. Let TᵀAT = I for A = VᵀV + λI, which all rows share. For z = T⁻¹u and features f_j = Tᵀv_j the
    row's problem is ‖z‖² + Σ (c_j - 1)(z·f_j)² - 2 Σ c_j z·f_j, sums over the watched cells: a
    ridge regression with ratings c_j / (c_j - 1), weights c_j - 1 and λ = 1.
    """
    T, inverse = _whitening(cross(factors, factors) + lam * np.eye(factors.shape[1]))
    weights = np.maximum(extra.data, NEGLIGIBLE)
    features = cross(factors.T, T).astype(factors.dtype, copy=False)
    return holding(extra, (1 + weights) / weights), weights, features, T, inverse


def _whitening(A):
    """T = L⁻ᵀ for A = LLᵀ, so that TᵀAT = I, and T⁻¹ = Lᵀ; NaN if A is singular to rounding.

    Not by LAPACK, whose number of threads would decide the last bits.
    """
    k, least = len(A), LOST * np.diag(A).max()
    M = np.hstack([A, np.eye(k)])  # the steps that turn A into Lᵀ turn I into L⁻¹
    for j in range(k):
        M[j] /= np.sqrt(M[j, j] if M[j, j] > least else np.nan)
        M[j + 1 :] -= np.outer(M[j, j + 1 : k], M[j])
    return M[:, k:].T, np.triu(M[:, :k])
