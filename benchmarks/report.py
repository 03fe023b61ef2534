"""Results as a page and two pictures."""

import numpy as np

from als_lesson.plots import plot_growth, slope
from als_lesson.plots.picture import INK, MARKERS, PALETTE, Picture

HEAD = ("solver", "seconds", "× ours", "peak memory, MB", "objective", "same objective?")


def table(rows):
    """Results of one race, as a Markdown table."""
    lines = [HEAD, ("---", "---:", "---:", "---:", "---:", "---")]
    for row in rows:
        same = "yes" if row["same"] else "**no**: its time does not count"
        if not row["exact"]:
            same = "not exact"
        if "ours_to_same" in row:
            same += f"; ours gets as low in {row['ours_to_same']:.3f} s"
        if "cg_to_same" in row:
            same += f", with CG in {row['cg_to_same']:.3f} s"
        lines.append(
            (
                row["solver"],
                f"{row['seconds']:.3f}",
                f"{row['ratio']:.2f}",
                f"{row['memory']:,.0f}" if "memory" in row else "",
                f"{row['objective']:,.1f}",
                same,
            )
        )
    return _markdown(lines)


def races(rows):
    """Rows grouped by what was solved."""
    groups = {}
    for row in rows:
        groups.setdefault((row["kind"], row["ratings"], row["k"]), []).append(row)
    return groups


def against_fastest(rows):
    """By race: the fastest exact peer with our objective, and each of our times over its time."""
    found = {}
    for race, group in races(rows).items():
        ours = {row["solver"]: row["ratio"] for row in group if _is_ours(row["solver"])}
        peers = {
            row["solver"]: row["ratio"]
            for row in group
            if row["exact"] and row["same"] and row["solver"] not in ours
        }
        if peers:
            fastest = min(peers, key=peers.get)
            found[race] = fastest, {name: one / peers[fastest] for name, one in ours.items()}
    return found


def against_rough(rows):
    """Per race and peer that is not exact: our times to its objective, over its time, as text."""
    for race, group in races(rows).items():
        for row in group:
            if "ours_to_same" in row:
                times = (row.get(name) for name in ("ours_to_same", "cg_to_same"))
                ratios = (f"{one / row['seconds']:.2f}" if one else "" for one in times)
                yield race, row["solver"], *ratios


def _is_ours(solver):
    """Python loops and our NumPy engine are rungs of the course, not peers."""
    return solver.startswith(("als_lesson", "Python"))


def write(folder, about, notes, rows, scales):
    """results.md and its pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    page = [
        "# Our solver beside its peers",
        "",
        "`python3 lesson.py bench` wrote this page.",
        "",
        f"{about}.",
        "",
        *(line for note in notes for line in (note, "")),
    ]
    if rows:
        page += _summary(folder, rows)
    if scales:
        page += _scaling(folder, *scales)
    if rows:
        page += ["## Every race", ""]
    for (kind, name, k), group in races(rows).items():
        page += [f"### {kind}, {name}, k = {k}", "", table(group), ""]
    (folder / "results.md").write_text("\n".join(page), encoding="utf-8")


def _summary(folder, rows):
    """How we stand against the fastest exact peer."""
    picture = draw_ratios(rows)
    (folder / "results.png").write_bytes(picture.png())
    lines = [
        ("of", "ratings", "k", "fastest exact peer", "our time / its time", "in single precision"),
        ("---", "---", "---:", "---", "---:", "---:"),
    ]
    for (kind, name, k), (peer, ours) in against_fastest(rows).items():
        single = ours.get("als_lesson, single precision")
        lines.append(
            (
                kind,
                name,
                str(k),
                peer,
                f"{ours['als_lesson']:.2f}",
                f"{single:.2f}" if single else "",
            )
        )
    rough = [
        ("of", "ratings", "k", "peer", "our exact time / its time", "with CG"),
        ("---", "---", "---:", "---", "---:", "---:"),
    ]
    for (kind, name, k), peer, *ratios in against_rough(rows):
        rough.append((kind, name, str(k), peer, *ratios))
    return [
        f"![{picture.alt}](results.png)",
        "",
        "## Against the fastest exact peer",
        "",
        "Ours works in double precision, the peers in single.",
        "",
        _markdown(lines),
        "",
        "## Against peers that settle for conjugate gradient",
        "",
        "Time until our objective is as low as theirs, ours in double precision.",
        "",
        _markdown(rough),
        "",
    ]


def _scaling(folder, by_ratings, by_k, peak):
    """How the cost grows."""
    ratings, seconds = zip(*by_ratings, strict=True)
    ks, took, shares = zip(*by_k, strict=True)
    picture = plot_growth(
        {
            "Against ratings, k = 32": ("ratings", {"compiled": (ratings, seconds)}),
            "Against k, a million ratings": ("k", {"compiled": (ks, took)}),
        },
        ylabel="seconds per iteration",
    )
    (folder / "scaling.png").write_bytes(picture.png())
    lines = [("k", "seconds an iteration", "share of that peak"), ("---:", "---:", "---:")]
    lines += [(str(k), f"{one:.3f}", f"{share:.0%}") for k, one, share in by_k]
    return [
        "## How the cost grows",
        "",
        f"![{picture.alt}](scaling.png)",
        "",
        f"An iteration's time grows as ratings^{slope(ratings, seconds):.2f} at k = 32, and on a "
        f"million ratings as k^{slope(ks[-3:], took[-3:]):.2f} from k = {ks[-3]} up. The machine "
        f"multiplies matrices at {peak / 1e9:.0f} billion operations a second.",
        "",
        _markdown(lines),
        "",
    ]


def draw_ratios(rows):
    """How much longer the others take."""
    names = list(dict.fromkeys(row["solver"] for row in rows if row["solver"] != "als_lesson"))[
        ::-1
    ]
    shapes = list(dict.fromkeys(row["ratings"] for row in rows))
    picture = Picture(8.6, 1.6 + 0.34 * len(names))
    (axes,) = picture.axes_row(["Time as a multiple of ours"])
    for n, shape in enumerate(shapes):
        points = [
            (row["ratio"], names.index(row["solver"]))
            for row in rows
            if row["ratings"] == shape and row["solver"] in names
        ]
        style = {"marker": MARKERS[n], "color": PALETTE[n], "markersize": 7, "alpha": 0.75}
        axes.plot(*np.transpose(points), linestyle="none", label=shape, **style)
    axes.axvline(1, color=INK, linewidth=1.2)
    axes.set(xscale="log", xlabel="time / ours, log scale (a point for each k)")
    axes.set_yticks(range(len(names)), names, color=INK, fontsize=9.5)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(axis="x", alpha=0.25)
    axes.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.0, 0.5))
    spans = {name: [row["ratio"] for row in rows if row["solver"] == name] for name in names[::-1]}
    listed = "; ".join(f"{name} {min(r):.1f} to {max(r):.1f}" for name, r in spans.items())
    picture.alt = f"Time as a multiple of ours: {listed}."
    return picture


def _markdown(lines):
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
