"""From a long table of ratings to a users x items matrix that remembers what is blank."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from .arrays import as_floats, check_indexes
from .memory import require_memory
from .table import ID_COLUMNS, require_table, validate_ratings

_RATINGS = "a RatingMatrix, a table with one row per rating, or a Dataset"


@dataclass(frozen=True, eq=False)
class IdMap:
    """Numbers raw ids 0, 1, 2, ... in order of appearance, and finds the way back.

    Parameters
    ----------
    ids : ndarray, shape (n,)
        The distinct ids; position is the index.

    Examples
    --------
    >>> movies = IdMap.from_ids([318, 1, 318, 296])
    >>> movies.to_index([1, 296]), movies.to_id([0, 2])
    (array([1, 2]), array([318, 296]))
    >>> movies.to_index([7], allow_unseen=True)
    array([-1])
    """

    ids: np.ndarray

    @classmethod
    def from_ids(cls, ids):
        """Number the distinct `ids` (n_anything,) in order of appearance."""
        return cls(np.asarray(pd.unique(pd.Series(ids))))

    def to_index(self, ids, *, allow_unseen=False):
        """Indexes (n,) of `ids` (n,); an unseen id is a KeyError, or -1 with `allow_unseen`."""
        ids = np.atleast_1d(ids) if np.isscalar(ids) else ids
        indexes = pd.Index(self.ids).get_indexer(pd.Index(ids))
        if not allow_unseen and (indexes < 0).any():
            unseen = pd.Index(ids)[indexes < 0].tolist()[0]  # a plain int, not np.int64(7)
            raise KeyError(
                f"id {unseen!r} was not among the {len(self):,} ids this map was made from; "
                "pass allow_unseen=True to get -1 for such ids"
            )
        return indexes

    def to_id(self, indexes):
        """The ids (n,) at `indexes` (n,); IndexError outside 0 to n - 1, so -1 is never an id."""
        return self.ids[check_indexes(indexes, len(self), lowest=0)]

    def __len__(self):
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class RatingMatrix:
    """Ratings as a users x items matrix, kept sparse and in both orders.

    A stored cell is an observed rating, whatever its value: a rating of 0 is a rating.

    Parameters
    ----------
    by_user : scipy.sparse.csr_array, shape (n_users, n_items)
        Row i holds the ratings of user i, for the users' half-step.
    by_item : scipy.sparse.csr_array, shape (n_items, n_users)
        Row j holds the ratings of item j, for the items' half-step.
    users, items : IdMap
        Which id each row and column stands for.

    Examples
    --------
    >>> R = RatingMatrix.from_dense([[5, np.nan, 1], [4, 2, np.nan]])
    >>> R.shape, R.nnz
    ((2, 3), 4)
    >>> R.dense()[0]
    array([ 5., nan,  1.])
    """

    by_user: sparse.csr_array
    by_item: sparse.csr_array
    users: IdMap
    items: IdMap

    @classmethod
    def from_ratings(cls, ratings, where="ratings"):
        """Build from a table (or Dataset) with userId, movieId, rating; ids as they first appear.

        Raises ValueError naming the first bad row if a column is missing, a rating is not a
        finite number, or a (user, movie) pair appears twice; `where` names the table in it.
        """
        ratings = validate_ratings(ratings, where)
        users, items = (IdMap.from_ids(ratings[column]) for column in ("userId", "movieId"))
        entries = users.to_index(ratings["userId"]), items.to_index(ratings["movieId"])
        values = ratings["rating"].to_numpy(dtype=float)
        return cls._from_entries(values, entries, users, items)

    @classmethod
    def from_dense(cls, R):
        """Build from an array (n_users, n_items), blank where unrated; ids are 0, 1, 2, ...

        Blank is NaN, None or masked. A DataFrame of users x items brings its own ids along.
        """
        labels = (R.index, R.columns) if isinstance(R, pd.DataFrame) else ()
        if labels and {*ID_COLUMNS} <= set(R.columns):
            raise TypeError(
                "R: a table with one row per rating; RatingMatrix.from_ratings makes a matrix of it"
            )
        R = as_floats(R, "R")
        if R.ndim != 2:
            raise ValueError(f"R must be users x items, with 2 dimensions; it has {R.ndim}")
        if np.isinf(R).any():
            raise ValueError("R holds an infinite rating; leave a cell NaN if nobody rated it")
        users, items = map(IdMap.from_ids, labels or map(np.arange, R.shape))
        if (len(users), len(items)) != R.shape:
            raise ValueError("R names a row or a column twice; give each user and item one")
        observed = ~np.isnan(R)
        return cls._from_entries(R[observed], np.nonzero(observed), users, items)

    @classmethod
    def _from_entries(cls, values, entries, users, items):
        entries = tuple(index.astype(np.int32) for index in entries)  # half the memory of int64
        by_user = sparse.csr_array((values, entries), shape=(len(users), len(items)))
        by_user.sort_indices()
        by_item = by_user.T.tocsr()
        for array in (by_user.data, by_user.indices, by_item.data, by_item.indices):
            array.flags.writeable = False  # written to, one copy would hold other ratings
        return cls(by_user, by_item, users, items)

    @property
    def shape(self):
        """(n_users, n_items)."""
        return self.by_user.shape

    @property
    def nnz(self):
        """How many ratings are observed."""
        return self.by_user.nnz

    @property
    def values(self):
        """The observed ratings (nnz,), read-only, in the order of `entries`."""
        return self.by_user.data

    def entries(self):
        """User indexes (nnz,) and item indexes (nnz,) of the observed ratings, row by row."""
        users = np.repeat(np.arange(self.shape[0]), self.counts("users"))
        return users, self.by_user.indices

    def counts(self, side):
        """Ratings per user (n_users,) for side "users", per item (n_items,) for "items"."""
        return np.diff({"users": self.by_user, "items": self.by_item}[side].indptr)

    def rated(self, side):
        """Who has ratings: a mask (n_users,) for side "users", (n_items,) for "items"."""
        return self.counts(side) > 0

    def user_means(self):
        """Mean rating of each user, then the overall mean, that of anyone without: (n_users + 1,)."""
        counts, overall = self.counts("users"), self.values.mean()
        means = np.full(len(counts), overall)
        np.divide(self.by_user.sum(axis=1), counts, out=means, where=counts > 0)
        return np.append(means, overall)

    def with_values(self, values):
        """The same observed cells holding other `values` (nnz,), such as residuals."""
        values = as_floats(values, "values")
        if values.shape != (self.nnz,) or not np.isfinite(values).all():
            raise ValueError(f"values: give a finite number for each of the {self.nnz:,} ratings")
        return self._from_entries(values, self.entries(), self.users, self.items)

    def dense(self):
        """R as an array (n_users, n_items), NaN where unrated; ValueError if it cannot fit."""
        self._require_memory(8)
        R = np.full(self.shape, np.nan)
        R[self.entries()] = self.values
        return R

    def observed(self):
        """The mask (n_users, n_items): True where rated; ValueError if it cannot fit."""
        self._require_memory(1)
        mask = np.zeros(self.shape, dtype=bool)
        mask[self.entries()] = True
        return mask

    def _require_memory(self, n_bytes):
        n_users, n_items = self.shape
        require_memory(
            n_bytes * n_users * n_items,
            f"{n_users:,} x {n_items:,} cells",
            "keep to by_user and by_item, which store only the ratings",
        )

    def locate(self, ratings, where="held_out"):
        """Where other `ratings` fall: user indexes, item indexes (-1 if unseen) and values.

        `ratings` is a table (or Dataset) like the one this matrix was built from, and looked over
        like it, or another RatingMatrix; `where` names it in an error. ValueError if not one of
        its users, or of its movies, is known.
        """
        if isinstance(ratings, RatingMatrix):
            places, values = ratings.entries(), as_matrix(ratings, where).values
            user_ids, item_ids = ratings.users.ids[places[0]], ratings.items.ids[places[1]]
        else:
            table = validate_ratings(require_table(ratings, where, _RATINGS), where)
            user_ids, item_ids = table["userId"], table["movieId"]
            values = table["rating"].to_numpy(dtype=float)
        users = _find(self.users, user_ids, f"{where}: not one of its users")
        return users, _find(self.items, item_ids, f"{where}: not one of its movies"), values


def as_matrix(ratings, where="ratings"):
    """The one way in for whatever takes ratings: as a RatingMatrix that holds some.

    Parameters
    ----------
    ratings : RatingMatrix, DataFrame or Dataset
        A matrix is handed on as it is; a table becomes one (`RatingMatrix.from_ratings`).
    where : str
        What to call it in an error message.

    Returns
    -------
    RatingMatrix

    Raises
    ------
    TypeError
        If it is none of these.
    ValueError
        If it holds no ratings, or the table is not a table of ratings.

    Examples
    --------
    >>> as_matrix(pd.DataFrame({"userId": [7], "movieId": [1], "rating": [4.0]})).shape
    (1, 1)
    """
    if not isinstance(ratings, RatingMatrix):
        return RatingMatrix.from_ratings(require_table(ratings, where, _RATINGS), where)
    if ratings.nnz == 0:
        raise ValueError(f"{where}: the matrix holds no ratings; give it at least one.")
    return ratings


def _find(known, ids, nobody):
    """Indexes of `ids` (n,), -1 if unseen; ValueError, saying why, if every one is unseen."""
    indexes = known.to_index(ids, allow_unseen=True)
    if (indexes < 0).all():
        theirs, ours = (np.asarray(some)[:1].tolist() or [None] for some in (ids, known.ids))
        reason = "hold out ratings of the same table, for example with split_ratings"
        if isinstance(theirs[0], str) != isinstance(ours[0], str):
            reason = "make both of the same kind, numbers or text, with DataFrame.astype"
        raise ValueError(
            f"{nobody} is in the matrix: ids like {theirs[0]!r} there, {ours[0]!r} here; {reason}."
        )
    return indexes
