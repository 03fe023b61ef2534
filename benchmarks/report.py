"""Results as a page and a picture."""

import numpy as np

from als_lesson.picture import BLUE, GREY, INK, MARKERS, ORANGE, PALETTE, Picture

HEAD = ("solver", "seconds", "× ours", "peak memory, MB", "objective", "same objective?")


def table(rows):
    """Results of one race, as a Markdown table."""
    lines = [HEAD, ("---", "---:", "---:", "---:", "---:", "---")]
    for row in rows:
        same = "yes" if row["same"] else "**no**: its time does not count"
        if "ours_to_same" in row:
            same = f"not exact; ours gets as low in {row['ours_to_same']:.3f} s"
        lines.append(
            (row["solver"], f"{row['seconds']:.3f}", f"{row['ratio']:.2f}", f"{row['memory']:,.0f}",
             f"{row['objective']:,.1f}", same)
        )  # fmt: skip
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def races(rows):
    """Rows grouped by what was solved."""
    groups = {}
    for row in rows:
        groups.setdefault((row["kind"], row["ratings"], row["k"]), []).append(row)
    return groups


def fastest_exact(rows):
    """Our time over that of the fastest exact peer that reached our objective, by race."""
    found = {}
    for race, group in races(rows).items():
        peers = [row["ratio"] for row in group
                 if row["exact"] and row["same"] and not row["solver"].startswith("als_lesson")]
        if peers:
            found[race] = 1 / min(peers)
    return found


def slope(points):
    """Of a straight line through the logarithms: the power with which y grows."""
    x, y = np.log([point[:2] for point in points]).T
    return float(np.polyfit(x, y, 1)[0])


def write(folder, about, notes, rows, scales):
    """results.md and results.png."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = draw(rows, scales)
    page = ["# Our solver beside its peers", "", "`python3 lesson.py bench` wrote this page.", "",
            f"{about}.", "", *notes, "", f"![{picture.alt}](results.png)", ""]  # fmt: skip
    best = fastest_exact(rows)
    if best:
        page += ["## Our time over the fastest exact peer's", "", "| of | ratings | k | ratio |",
                 "| --- | --- | ---: | ---: |"]  # fmt: skip
        page += [f"| {kind} | {name} | {k} | {ratio:.2f} |" for (kind, name, k), ratio in best.items()]
        page.append("")
    if scales:
        page += _scaling(*scales)
    page += ["## Every race", ""]
    for (kind, name, k), group in races(rows).items():
        page += [f"### {kind}, {name}, k = {k}", "", table(group), ""]
    (folder / "results.png").write_bytes(picture.png())
    (folder / "results.md").write_text("\n".join(page), encoding="utf-8")
    print(f"\nwrote {folder / 'results.md'} and results.png")


def _scaling(by_ratings, by_k, peak):
    lines = ["## How the cost grows", "",
             f"An iteration's time grows as ratings^{slope(by_ratings):.2f} at k = 32, and on a "
             f"million ratings as k^{slope(by_k[-3:]):.2f} from k = {by_k[-3][0]} up. The machine "
             f"multiplies matrices at {peak / 1e9:.0f} billion operations a second.", "",
             "| k | seconds an iteration | share of that peak |", "| ---: | ---: | ---: |"]  # fmt: skip
    return lines + [f"| {k} | {took:.3f} | {share:.0%} |" for k, took, share in by_k] + [""]


def draw(rows, scales):
    """How much longer the others take; how the cost grows."""
    titles = ["Everyone else takes longer"] if rows else []
    titles += ["Twice the ratings, twice the time", "Cost against k"] if scales else []
    picture = Picture(5.6 * bool(rows) + 6.4 * bool(scales), 4.2)
    row = list(picture.axes_row(titles))
    words = [_draw_ratios(row.pop(0), rows)] if rows else []
    if scales:
        words += [_draw_line(*row, *scales[:2])]
    picture.alt = " ".join(words)
    return picture


def _draw_ratios(axes, rows):
    names = list(dict.fromkeys(row["solver"] for row in rows if row["solver"] != "als_lesson"))[::-1]
    shapes = list(dict.fromkeys(row["ratings"] for row in rows))
    for n, shape in enumerate(shapes):
        points = [(row["ratio"], names.index(row["solver"])) for row in rows
                  if row["ratings"] == shape and row["solver"] in names]
        style = {"marker": MARKERS[n], "color": PALETTE[n], "markersize": 7, "alpha": 0.75}
        axes.plot(*np.transpose(points), linestyle="none", label=shape, **style)
    axes.axvline(1, color=INK, linewidth=1.2)
    axes.set(xscale="log", xlabel="time / ours (a point for each k)", ylim=(-0.6, len(names) - 0.4))
    axes.set_yticks(range(len(names)), names, color=INK, fontsize=9.5)
    axes.grid(axis="x", alpha=0.25)
    axes.legend(frameon=False, fontsize=8.5, loc="upper center", bbox_to_anchor=(0.4, -0.16))
    spans = [f"{name} {min(r):.1f} to {max(r):.1f}" for name in reversed(names)
             if (r := [row["ratio"] for row in rows if row["solver"] == name])]
    return f"Time as a multiple of ours: {'; '.join(spans)}."


def _draw_line(left, right, by_ratings, by_k):
    for axes, points, color, label in (
        (left, by_ratings, BLUE, "ratings, k = 32"), (right, by_k, ORANGE, "k, one million ratings"),
    ):  # fmt: skip
        x, y = np.array([point[:2] for point in points]).T
        axes.plot(x, y, marker="o", color=color, linewidth=1.8)
        axes.set(xscale="log", yscale="log", xlabel=label)
        axes.grid(alpha=0.25)
    left.set_ylabel("seconds an iteration")
    ticks = [point[0] for point in by_k]
    right.set_xticks(ticks, ticks)
    right.set_xticks([], minor=True)
    k, took, _ = by_k[-3]
    right.plot(*zip(*[(k, took), (by_k[-1][0], took * (by_k[-1][0] / k) ** 2)], strict=True),
               color=GREY, linestyle=":", label="k²")
    right.legend(frameon=False, fontsize=9.5)
    return (
        f"Time an iteration grows as ratings to the power {slope(by_ratings):.2f}, and as k to the "
        f"power {slope(by_k[-3:]):.2f} for k of {k} and more."
    )
