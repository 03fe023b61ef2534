"""The dashboard's page: RMSE, objective, the map of k and λ, and a patch of R rebuilt."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..plots.picture import BLUE, GREEN, GREY, INK, ORANGE, dress
from .live import LivePicture

KS = np.array([1, 2, 4, 8, 16, 32, 50])
LAMS = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10])
_STARS = (0.5, 5.0)
# Level with the biases is cream, so that no tried cell looks like paper; a hundredth of a star
# to either side is seen at a glance.
_BETTER_WORSE = LinearSegmentedColormap.from_list(
    "better_worse", [(0, BLUE), (0.42, "#9ecae6"), (0.5, "#f3ecd2"), (0.52, "#fbd3b4"), (1, ORANGE)]
)
_GHOST = {"color": GREY, "linewidth": 1.5, "linestyle": ":", "alpha": 0.9, "markersize": 4}


class DashboardPicture(LivePicture):
    """Five panels that `update` keeps in step with a run."""

    def __init__(self, bias_rmse, patch, n_iter):
        super().__init__(9.6, 6.2)
        self._bias_rmse, self.message = bias_rmse, ""
        top, bottom = self.subfigures(2, 1, height_ratios=[1.12, 1])
        left, right = top.subplots(1, 2, width_ratios=[1.15, 1])
        self._draw_rmse(left, n_iter)
        self._draw_map(right)
        left, middle, right = bottom.subplots(1, 3, width_ratios=[1.1, 1, 1])
        self._draw_objective(left, n_iter)
        self._draw_patches(middle, right, patch)

    def _draw_rmse(self, axes, n_iter):
        self._rmse = axes
        self._verdict = self.moving(dress(axes, "Held out", "iteration", "RMSE (stars)", pad=24))
        axes.set(xlim=(0.5, n_iter + 0.5), ylim=(0.6, 1.2))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y", alpha=0.25)
        label = f"biases alone, {self._bias_rmse:.3f}"
        axes.axhline(self._bias_rmse, color=INK, linestyle="--", linewidth=1.4, label=label)
        self._held_out = _line(self, axes, ORANGE, "s", "held out")
        self._train = _line(self, axes, BLUE, "o", "training")
        self._ghosts = self.moving(
            *axes.plot([], [], marker="s", fillstyle="none", label="pinned", **_GHOST),
            *axes.plot([], [], marker="o", fillstyle="none", **_GHOST),
        )
        axes.legend(
            frameon=False,
            fontsize=9,
            loc="lower left",
            bbox_to_anchor=(-0.02, 0.99),
            ncols=4,
            borderaxespad=0.2,
            columnspacing=1.2,
            handlelength=1.8,
        ).set_in_layout(False)

    def _draw_map(self, axes):
        self._map_title = self.moving(
            dress(axes, "Map", "k, factors (log scale)", "λ (log scale)", 24)
        )
        norm = TwoSlopeNorm(self._bias_rmse, self._bias_rmse - 0.04, self._bias_rmse + 0.5)
        blank = np.full((len(LAMS), len(KS)), np.nan)
        self._cells = self.moving(
            axes.imshow(
                blank,
                cmap=_BETTER_WORSE,
                norm=norm,
                aspect="auto",
                origin="lower",
                interpolation="nearest",
            )
        )
        across, up = np.meshgrid(range(len(KS)), range(len(LAMS)))
        axes.plot(across.ravel(), up.ravel(), ".", color=GREY, markersize=3, zorder=-1)  # not tried
        axes.set_xticks(range(len(KS)), KS)
        axes.set_yticks(range(len(LAMS)), [f"{lam:g}" for lam in LAMS])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        self.moving(*axes.plot(*_borders(len(KS), len(LAMS)), color="#ececec", linewidth=1.2))
        axes.set(xlim=(-0.5, len(KS) - 0.5), ylim=(-0.5, len(LAMS) - 0.5))
        self._beaten = self.moving(*axes.plot([], [], "*", color=INK, markersize=7))
        self._pinned_at = self.moving(
            *axes.plot([], [], "s", color=GREY, fillstyle="none", markersize=13, markeredgewidth=2)
        )
        self._here = self.moving(
            *axes.plot([], [], "o", color=INK, fillstyle="none", markersize=13, markeredgewidth=2.4)
        )
        bar = axes.figure.colorbar(self._cells, ax=axes, ticks=_ticks(self._bias_rmse), pad=0.02)
        bar.ax.tick_params(colors=GREY, labelsize=9, length=2)
        bar.outline.set_visible(False)
        bar.set_label("held-out RMSE", fontsize=9.5, color=INK)
        axes.text(
            0,
            1.02,
            "○ you (nearest cell)   □ pinned   ★ beats the biases   ∙ not tried",
            transform=axes.transAxes,
            fontsize=9,
            color=INK,
            va="bottom",
        ).set_in_layout(False)

    def _draw_objective(self, axes, n_iter):
        self._sum = axes
        title = "The objective only falls"
        dress(axes, title, "iteration", "objective (thousand stars²)")
        axes.yaxis.set_label_coords(-0.17, 0.5)  # leaves room for four digits
        axes.set(xlim=(0.5, n_iter + 0.5), ylim=(0, 50))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.grid(axis="y", alpha=0.25)
        self._objective = _line(self, axes, GREEN, "D", "objective")
        self._objective_ghost = self.moving(
            *axes.plot([], [], marker="D", fillstyle="none", **_GHOST)
        )

    def _draw_patches(self, left, right, patch):
        rows, columns = np.nonzero(~np.isnan(patch))
        style = {"cmap": "cividis", "vmin": _STARS[0], "vmax": _STARS[1], "aspect": "auto"}
        style["interpolation"] = "nearest"  # sharp cells, and a faster redraw
        dress(left, "A corner of R", f"{patch.shape[1]} famous movies (white: unrated)", "users")
        left.imshow(patch, **style)
        self._patch_title = self.moving(
            dress(right, "Rebuilt", "• rated in training   × impossible")
        )
        self._rebuilt = self.moving(right.imshow(np.full(patch.shape, 3.0), **style))
        for axes in (left, right):
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        self.moving(
            *right.plot(columns, rows, "o", color=INK, markersize=3.6, mec="white", mew=0.6)
        )
        self._impossible = self.moving(
            *right.plot([], [], "x", color=ORANGE, markersize=6, mew=1.6)
        )
        bar = right.figure.colorbar(self._rebuilt, ax=right, pad=0.02, ticks=[1, 2, 3, 4, 5])
        bar.ax.tick_params(colors=GREY, labelsize=9, length=2)
        bar.outline.set_visible(False)
        bar.set_label("stars", fontsize=9.5, color=INK)

    def update(self, run, pinned, errors):
        """Show a run, the pinned one behind it, and the map (n_lams, n_ks) of held-out RMSE."""
        steps = np.arange(1, len(run.train) + 1)
        self._train.set_data(steps, run.train)
        self._held_out.set_data(steps, run.held_out)
        self._objective.set_data(steps, np.array(run.objective) / 1000)
        ghosts = zip(
            (*self._ghosts, self._objective_ghost), ("held_out", "train", "objective"), strict=True
        )
        for line, name in ghosts:
            values = np.array(getattr(pinned, name) if pinned else [])
            line.set_data(
                np.arange(1, len(values) + 1), values / (1000 if name == "objective" else 1)
            )
        self._fit_axes(run, pinned)
        self._cells.set_data(errors)
        self._beaten.set_data(*np.argwhere(errors < self._bias_rmse).T[::-1])
        self._here.set_data(*_place(run))
        on_this_map = pinned and (pinned.weighted, pinned.biased) == (run.weighted, run.biased)
        self._pinned_at.set_data(*(_place(pinned) if on_this_map else ([], [])))
        filled = np.count_nonzero(~np.isnan(errors))
        kind = f"{'λ·n' if run.weighted else 'plain λ'}, {'with' if run.biased else 'no'} biases"
        self._map_title.set_text(f"Map for {kind}: {filled} of {errors.size} tried")
        self._rebuilt.set_data(run.patch)
        outside = (run.patch < _STARS[0]) | (run.patch > _STARS[1])
        self._impossible.set_data(*np.nonzero(outside)[::-1])
        self._patch_title.set_text(f"Rebuilt: {_count(outside.sum(), 'impossible rating')}")
        won = run.held_out[-1] < self._bias_rmse
        self._verdict.set_text(
            f"Held out {run.held_out[-1]:.3f}: {'beats' if won else 'does not beat'} the biases"
        )
        self.message = (
            f"{outside.sum()} of {outside.size} rebuilt cells lie outside 0.5 to 5 stars."
        )

    def _fit_axes(self, run, pinned):
        """Move an axis only when a curve leaves it or leaves it empty: it costs a whole redraw."""
        runs = [run, pinned] if pinned else [run]
        errors = np.concatenate([r.train + r.held_out for r in runs] + [[self._bias_rmse]])
        low, high = np.floor(errors.min() * 5 - 0.15) / 5, np.ceil(errors.max() * 5 + 0.15) / 5
        top = max(max(r.objective) for r in runs) / 1000
        unit = 10 ** np.floor(np.log10(top))
        ceiling = next(unit * n for n in (1, 2, 5, 10) if unit * n >= top)
        for axes, bottom, top in ((self._rmse, max(low, 0), high), (self._sum, 0, ceiling)):
            lowest, highest = axes.get_ylim()
            filled = (top - bottom) / (highest - lowest)
            if bottom < lowest or top > highest or filled < 0.4:
                axes.set_ylim(bottom, top)
                self.forget_background()


def _line(picture, axes, color, marker, label):
    style = {"color": color, "marker": marker, "markersize": 5, "linewidth": 1.9, "zorder": 3}
    return picture.moving(*axes.plot([], [], label=label, **style))


def _borders(width, height):
    """The lines between cells as one broken line: x and y."""
    x = [[edge, edge, np.nan] for edge in np.arange(0.5, width - 1)]
    y = [[edge, edge, np.nan] for edge in np.arange(0.5, height - 1)]
    across, down = [[-0.5, width - 0.5, np.nan]], [[-0.5, height - 0.5, np.nan]]
    return np.ravel(x + across * len(y)), np.ravel(down * len(x) + y)


def nearest_cell(run):
    """Row and column of the map's cell nearest to a run, in log λ and log k."""
    return np.abs(np.log(LAMS / run.lam)).argmin(), np.abs(np.log(KS / run.k)).argmin()


def _place(run):
    """The run's cell as x and y."""
    row, column = nearest_cell(run)
    return [column], [row]


def _count(number, thing):
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _ticks(bias_rmse):
    return [round(bias_rmse + gap, 2) for gap in (-0.02, 0, 0.2, 0.4)]
