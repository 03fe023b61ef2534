"""Invent a rating table shaped like MovieLens whose true tastes are known.

Real ratings never say which tastes produced them. These do, so the course can ask what no real
data set answers: did we find the truth? Everything is drawn from `numpy.random.RandomState`,
whose stream NumPy has frozen (NEP 19), so one seed gives one table on every machine.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from .memory import require_memory
from .settings import check_number, check_whole

# How far users, movies and tastes spread, in stars; the shape of popularity. Chosen so that the
# default table repeats, model by model, the order that MovieLens-small gives.
MEAN, USER_SPREAD, MOVIE_SPREAD, TASTE_SPREAD = 3.0, 0.45, 0.5, 0.7
LONG_TAIL = 1.6
QUALITY_PULL = 0.8  # better movies are also better known
# Whom one knows decides what one hears of: every user belongs to a circle, in which a movie is more
# or less famous than elsewhere. Without circles, watches tell little more than popularity does,
# which MovieLens contradicts.
CIRCLES, CIRCLE_PULL = 6, 1.4
MEETINGS = 2  # movies met for each one rated: the fewer, the less is chosen by taste
ACTIVITY_SPREAD = 1.1
FEWEST = 20  # ratings a user, as in MovieLens

# One genre at each end of every taste axis: axis 0 runs from Heist to Romance, and so on.
GENRES = (("Heist", "Romance"), ("Space", "Western"), ("Comedy", "Tragedy"), ("Musical", "Noir"))
_ADJECTIVES = """
    Quiet Crooked Velvet Seventh Burning Paper Hollow Electric Borrowed Salt Midnight Tin
    Wandering Lost Golden Unlikely Frozen Second Painted Reluctant Invisible Last Copper Distant
    Stubborn Glass Forgotten Patient Scarlet Upside-Down
"""
_NOUNS = """
    Lighthouse Accordion Orchard Submarine Detective Postcard Umbrella Astronaut Beekeeper
    Staircase Librarian Carousel Meteorite Pancake Cartographer Harbour Penguin Typewriter
    Magician Tuesday Waltz Bicycle Lantern Understudy Comet Suitcase Falcon Bakery Island
    Telegram
"""
_PATTERNS = (
    "The {} {}",
    "My {} {}",
    "Return of the {} {}",
    "The {} {} at Sea",
    "Waltz for the {} {}",
)


class Truth(NamedTuple):
    """What produced the ratings: mean + user bias + movie bias + u·v + noise, then half stars.

    Rows follow ascending ``userId``, and the rows of ``movies`` (rated or not).
    """

    mean: float
    user_biases: np.ndarray  # (n_users,) stars
    item_biases: np.ndarray  # (n_movies,) stars
    user_factors: np.ndarray  # (n_users, rank)
    item_factors: np.ndarray  # (n_movies, rank)
    noise: float  # standard deviation, stars
    circles: np.ndarray  # (n_users,) numbers of circles: they sway what is met, not what is liked


class Simulation(NamedTuple):
    """What `simulate_ratings` returns: two tables and what produced them."""

    ratings: pd.DataFrame
    movies: pd.DataFrame
    truth: Truth


def simulate_ratings(n_users=600, n_movies=9000, n_ratings=55_000, *, rank=4, noise=0.7, seed=0):
    """Invent ratings: a few busy users, a few famous movies, and people choosing what they like.

    Each user meets movies in proportion to their popularity in the user's circle, then watches
    those they expect to enjoy, so ratings are not missing at random: what people avoided stays
    blank.

    Parameters
    ----------
    n_users, n_movies, n_ratings : int
        Size of the table. Every user gets at least 20 ratings and at most a quarter of the
        catalogue. The default is as sparse as MovieLens-small; ``n_movies=2000`` is a dense
        contrast.
    rank : int
        Number of true taste factors.
    noise : float
        Standard deviation of what tastes do not explain, in stars.
    seed : int
        0 or more; same seed, same table.

    Returns
    -------
    Simulation
        ``ratings`` (userId, movieId, rating, timestamp), ``movies`` (movieId, title, genres) and
        the `Truth`.

    Raises
    ------
    ValueError
        If a setting is out of range, or `n_ratings` cannot be shared out within those bounds.

    Examples
    --------
    >>> ratings, movies, truth = simulate_ratings(n_users=50, n_movies=400, n_ratings=2000)
    >>> len(ratings), truth.item_factors.shape
    (2000, (400, 4))
    """
    sizes = {"n_users": n_users, "n_movies": n_movies, "n_ratings": n_ratings, "rank": rank}
    n_users, n_movies, n_ratings, rank = _check_settings(noise, sizes)
    rng = np.random.RandomState(seed)
    counts = _ratings_per_user(rng, n_users, n_movies, n_ratings)
    truth = _draw_truth(rng, n_users, n_movies, rank, noise)
    users, movies = _watch(rng, truth, counts)
    stars = truth.mean + truth.user_biases[users] + _appeal(truth, users, movies)
    stars += noise * rng.standard_normal(n_ratings)
    catalogue = _catalogue(rng, truth.item_factors)
    ratings = pd.DataFrame(
        {
            "userId": users + 1,
            "movieId": catalogue.movieId.to_numpy()[movies],
            "rating": np.clip(np.round(2 * stars) / 2, 0.5, 5.0),
            "timestamp": _timestamps(rng, counts),
        }
    )
    return Simulation(ratings, catalogue, truth)


def _check_settings(noise, sizes):
    """The sizes as whole numbers; stop early if a setting is out of range, or nothing could fit."""
    sizes = {name: check_whole(name, size) for name, size in sizes.items()}
    check_number("noise", noise, "a finite number of stars, 0 or more")
    rows = sizes["n_users"] + sizes["n_movies"]
    n_bytes = 8 * (2 * rows * sizes["rank"] + 3 * CIRCLES * rows + 8 * sizes["n_ratings"])
    require_memory(n_bytes, "the tables to simulate", "ask for smaller ones")
    return sizes.values()


def _ratings_per_user(rng, n_users, n_movies, n_ratings):
    """Lognormal activity, clipped to [FEWEST, a quarter of the movies], adding up exactly."""
    most = n_movies // 4
    if most < FEWEST:
        raise ValueError(f"n_movies={n_movies:,} is too few; choose at least {4 * FEWEST}")
    if not n_users * FEWEST <= n_ratings <= n_users * most:
        raise ValueError(
            f"n_ratings={n_ratings:,} cannot be shared by {n_users:,} users with {FEWEST} to "
            f"{most:,} ratings each; choose between {n_users * FEWEST:,} and {n_users * most:,}"
        )
    activity = np.exp(ACTIVITY_SPREAD * rng.standard_normal(n_users))
    low, high = 0.0, n_ratings / activity.min()
    for _ in range(100):  # bisection on the scale that makes the clipped total right
        scale = (low + high) / 2
        too_few = np.clip(scale * activity, FEWEST, most).sum() < n_ratings
        low, high = (scale, high) if too_few else (low, scale)
    running = np.round(np.cumsum(np.clip(high * activity, FEWEST, most)))
    running[-1] = n_ratings
    return np.diff(running, prepend=0).astype(np.int64)


def _draw_truth(rng, n_users, n_movies, rank, noise):
    """Independent normal biases and factors, scaled so that u·v has spread TASTE_SPREAD**2."""
    scale = TASTE_SPREAD / rank**0.25
    return Truth(
        mean=MEAN,
        user_biases=USER_SPREAD * rng.standard_normal(n_users),
        item_biases=MOVIE_SPREAD * rng.standard_normal(n_movies),
        user_factors=scale * rng.standard_normal((n_users, rank)),
        item_factors=scale * rng.standard_normal((n_movies, rank)),
        noise=noise,
        circles=rng.randint(CIRCLES, size=n_users, dtype=np.int64),
    )


def _watch(rng, truth, counts):
    """For each user: meet movies by popularity, keep those with the best expectation plus luck."""
    chances = _chances(rng, truth.item_biases / MOVIE_SPREAD)
    movies = np.empty(counts.sum(), dtype=np.int64)
    ends = np.cumsum(counts)
    for user, (end, count) in enumerate(zip(ends, counts, strict=True)):
        chance = chances[truth.circles[user]]
        met = _meet(rng, chance, MEETINGS * count + 50)
        while len(met) < count:
            met = np.union1d(met, _meet(rng, chance, MEETINGS * count))
        luck = -np.log(-np.log(rng.random_sample(len(met))))  # Gumbel: a softmax choice
        best = np.argsort(-(_appeal(truth, user, met) + luck), kind="stable")[:count]
        movies[end - count : end] = np.sort(met[best])
    return np.repeat(np.arange(len(counts)), counts), movies


def _chances(rng, quality):
    """For each circle, the running share of all encounters that fall to the movies so far."""
    fame = LONG_TAIL * rng.standard_normal(len(quality)) + QUALITY_PULL * quality
    fashion = CIRCLE_PULL * rng.standard_normal((CIRCLES, len(quality)))
    running = np.cumsum(np.exp(fame + fashion), axis=1)
    return running / running[:, -1:]


def _appeal(truth, users, movies):
    """Movie bias + u·v, in stars: axis by axis, in little memory and the same bits everywhere."""
    appeal = truth.item_biases[movies]
    for u, v in zip(truth.user_factors.T, truth.item_factors.T, strict=True):
        appeal += u[users] * v[movies]
    return appeal


def _meet(rng, chance, n):
    """The different movies among n drawn by popularity, in order."""
    draws = np.sort(rng.random_sample(n))  # in order, the search stays where memory is warm
    movies = np.searchsorted(chance[:-1], draws)
    return movies[np.append(True, movies[1:] != movies[:-1])]


def _catalogue(rng, item_factors):
    """Ids with gaps, invented titles, and the genres that each movie's strongest tastes suggest."""
    n_movies = len(item_factors)
    movie_ids = np.cumsum(rng.randint(1, 30, size=n_movies, dtype=np.int64))
    adjectives, nouns = _ADJECTIVES.split(), _NOUNS.split()
    names = [p.format(a, n) for p, a, n in product(_PATTERNS, adjectives, nouns)]
    order = rng.permutation(len(names))
    years = rng.randint(1930, 2019, size=n_movies, dtype=np.int64)
    titles = [f"{_sequel(names, order, i)} ({year})" for i, year in enumerate(years)]
    return pd.DataFrame({"movieId": movie_ids, "title": titles, "genres": _genres(item_factors)})


def _sequel(names, order, i):
    """The i-th title; once the names run out they come back as part 2, 3, ..."""
    part, place = divmod(i, len(names))
    return names[order[place]] + (f" {part + 1}" if part else "")


def _genres(item_factors):
    """The pole of the strongest axis, and of the second if it is nearly as strong."""
    axes = item_factors[:, : len(GENRES)]
    strength = np.abs(axes)
    rank = np.argsort(-strength, axis=1, kind="stable")
    labels = []
    for row, by_strength, size in zip(axes, rank, strength, strict=True):
        chosen = [a for a in by_strength[:2] if size[a] > 0.7 * size[by_strength[0]]]
        labels.append("|".join(GENRES[a][int(row[a] > 0)] for a in chosen))
    return labels


def _timestamps(rng, counts):
    """Seconds since 1970: each user arrives on some day of 1996 to 2018 and rates for a while."""
    arrival = rng.randint(820_454_400, 1_514_764_800, size=len(counts), dtype=np.int64)
    pauses = rng.randint(5, 120, size=counts.sum(), dtype=np.int64)
    elapsed = np.cumsum(pauses)
    starts = np.cumsum(counts) - counts
    return np.repeat(arrival - elapsed[starts], counts) + elapsed
