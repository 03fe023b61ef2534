"""How the tests look at an explorer: what stands on its picture and on its page."""

import asyncio
import re
from functools import cache

from als_lesson import simulate_ratings, split_ratings


@cache
def small_ratings():
    """(training, held-out) ratings of a table that is fitted in no time."""
    return split_ratings(simulate_ratings(n_users=60, n_movies=400, n_ratings=3000).ratings)


def panel(explorer, title):
    """The axes whose title begins like this."""
    titles = {axes.get_title(loc="left"): axes for axes in explorer.picture.axes}
    return next(axes for shown, axes in titles.items() if shown.startswith(title))


def line(axes, label):
    """The x and y of the line of this label, (n, 2)."""
    return next(line for line in axes.lines if line.get_label() == label).get_xydata()


def message(explorer):
    """The error on its page, the line below it, and the picture's HTML."""
    return [part.value for part in explorer.widget.children[-3:]]


def in_a_notebook(steps):
    """Run an async function as a notebook's kernel would; everything it began comes to its end."""

    async def whole():
        await steps()
        me = asyncio.current_task()
        await asyncio.gather(*(asyncio.all_tasks() - {me}), return_exceptions=True)

    asyncio.run(whole())


def tried(explorer):
    """How many cells of the dashboard's map have been tried, as its alternative text says."""
    return int(re.search(r"Map: (\d+) of 70 cells", explorer.picture.alt)[1])
