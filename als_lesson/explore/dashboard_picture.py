"""The dashboard's page: RMSE, objective, the map of k and λ, and a patch of R rebuilt."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..plots.picture import BLUE, GREEN, GREY, INK, ORANGE, dress
from .live import LivePicture, round_up

KS = np.array([1, 2, 4, 8, 16, 32, 50])
LAMS = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10])
# The map's colours by `_shade`. Level with the biases is cream, so that no tried cell looks like
# paper; a hundredth of a star to either side is seen at a glance, and so is 1.2 beside 1.5.
_BEST, _WORST = -2.5, 8.0
_COLORS = LinearSegmentedColormap.from_list(
    "better_worse",
    [
        ((shade - _BEST) / (_WORST - _BEST), color)
        for shade, color in [
            (_BEST, BLUE),
            (-0.4, "#9ecae6"),
            (0, "#f3ecd2"),
            (1, "#fbd3b4"),
            (4.5, "#f0954f"),
            (6, ORANGE),
            (_WORST, "#5c1f00"),
        ]
    ],
)
_GHOST = {"color": GREY, "linewidth": 1.5, "linestyle": ":", "alpha": 0.9, "markersize": 4}
_BAR = {"colors": GREY, "labelsize": 9, "length": 2}


class DashboardPicture(LivePicture):
    """Five panels that `update` keeps in step with a run.

    Parameters
    ----------
    bias_rmse : float
        What is to be beaten.
    patch : ndarray, shape (n_rows, n_columns)
        A corner of R, NaN where unrated.
    scale : (float, float)
        The least and the largest rating of the whole table.
    total : float
        Σ r² over the table: no objective is larger.
    n_iter : int
    """

    def __init__(self, bias_rmse, patch, scale, total, n_iter):
        super().__init__(9.0, 6.2)
        self._bias_rmse, self._scale, self._n_iter, self.message = bias_rmse, scale, n_iter, ""
        self._star = max(np.ptp(scale), abs(scale[1]) / 5) / 4.5 or 1.0  # on a scale of 0.5 to 5
        top, bottom = self.subfigures(2, 1, height_ratios=[1.12, 1])
        left, right = top.subplots(1, 2, width_ratios=[1.15, 1])
        self._draw_rmse(left, n_iter)
        self._draw_map(right)
        left, middle, right = bottom.subplots(1, 3, width_ratios=[1.1, 1, 1])
        self._draw_objective(left, n_iter, total)
        self._draw_patches(middle, right, patch)

    def _draw_rmse(self, axes, n_iter):
        self._rmse = axes
        self._verdict = self.moving(dress(axes, "Held out", "iteration", "RMSE (stars)", pad=24))
        axes.set(xlim=(0.5, n_iter + 0.5), ylim=np.array([0.6, 1.2]) * self._star)
        decimals = max(0, 2 - int(np.floor(np.log10(self._star))))  # of one width: no jumps
        axes.yaxis.set_major_formatter(f"{{x:.{decimals}f}}")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y", alpha=0.25)
        label = f"biases, {self._bias_rmse:.3f}"
        axes.axhline(self._bias_rmse, color=INK, linestyle="--", linewidth=1.4, label=label)
        self._held_out = _line(self, axes, ORANGE, "s", "held out")
        self._train = _line(self, axes, BLUE, "o", "training")
        self._ghosts = [
            self.moving(*axes.plot([], [], marker="o", fillstyle="none", **_GHOST)),
            self.moving(*axes.plot([], [], marker="s", fillstyle="none", label="pinned", **_GHOST)),
        ]
        style = {"frameon": False, "fontsize": 9, "ncols": 4, "borderaxespad": 0.2}
        style |= {"columnspacing": 1.2, "handlelength": 1.6, "bbox_to_anchor": (-0.02, 0.99)}
        axes.legend(loc="lower left", **style).set_in_layout(False)

    def _draw_map(self, axes):
        label = "k, factors (log scale)", "λ (log scale)"
        self._map_title = self.moving(dress(axes, "Map", *label, pad=24))
        style = {"cmap": _COLORS, "vmin": _BEST, "vmax": _WORST, "interpolation": "nearest"}
        blank = np.full((len(LAMS), len(KS)), np.nan)
        self._cells = self.moving(axes.imshow(blank, aspect="auto", origin="lower", **style))
        across, up = np.meshgrid(range(len(KS)), range(len(LAMS)))
        axes.plot(across.ravel(), up.ravel(), ".", color=GREY, markersize=3, zorder=-1)  # not tried
        axes.set_xticks(range(len(KS)), KS)
        axes.set_yticks(range(len(LAMS)), [f"{lam:g}" for lam in LAMS])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        self.moving(*axes.plot(*_borders(len(KS), len(LAMS)), color="#ececec", linewidth=1.2))
        axes.set(xlim=(-0.5, len(KS) - 0.5), ylim=(-0.5, len(LAMS) - 0.5))
        self._beaten = self.moving(*axes.plot([], [], "*", color=INK, markersize=7))
        style = {"fillstyle": "none", "markersize": 13, "markeredgewidth": 2.2}
        self._pinned_at = self.moving(*axes.plot([], [], "s", color=GREY, **style))
        self._here = self.moving(*axes.plot([], [], "o", color=INK, **style))
        errors = self._bias_rmse + np.array([-0.02, 0, 0.02, 0.1, 0.3, 0.6, 1.2]) * self._star
        errors = errors[errors >= 0]
        bar = axes.figure.colorbar(self._cells, ax=axes, pad=0.02)
        bar.set_ticks(self._shade(errors), labels=[f"{error:.3g}" for error in errors])
        bar.ax.tick_params(**_BAR)
        bar.outline.set_visible(False)
        bar.set_label("held-out RMSE", fontsize=9.5, color=INK)
        legend = "○ you   □ pinned   ★ beats the biases   ∙ not tried"
        style = {"fontsize": 9, "color": INK, "va": "bottom", "transform": axes.transAxes}
        axes.text(0, 1.02, legend, **style).set_in_layout(False)

    def _shade(self, errors):
        """Where errors stand on the map's scale: by the hundredth of a star near the biases, by
        the doubling far from them."""
        gap = (errors - self._bias_rmse) / (0.01 * self._star)
        return np.sign(gap) * np.log2(1 + np.abs(gap))

    def _draw_objective(self, axes, n_iter, total):
        power = max(0, int(np.log10(max(total, 1)) - 1) // 3)
        words = ("", "thousand ", "million ", "billion ")[min(power, 3)]
        self._sum, self._unit = axes, 1000.0 ** min(power, 3)
        dress(axes, "The objective only falls", "iteration", f"objective ({words}stars²)")
        axes.yaxis.set_label_coords(-0.17, 0.5)  # leaves room for four digits
        axes.set(xlim=(0.5, n_iter + 0.5), ylim=(0, round_up(total / self._unit)))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.grid(axis="y", alpha=0.25)
        self._objective = _line(self, axes, GREEN, "D", "objective")
        ghost = self.moving(*axes.plot([], [], marker="D", fillstyle="none", **_GHOST))
        self._ghosts.append(ghost)

    def _draw_patches(self, left, right, patch):
        low, high = self._scale if np.ptp(self._scale) else np.array(self._scale) + [-1, 1]
        style = {"cmap": "cividis", "vmin": low, "vmax": high, "aspect": "auto"}
        style["interpolation"] = "nearest"  # sharp cells, and a faster redraw
        dress(left, "A corner of R", f"{patch.shape[1]} famous movies (white: unrated)", "users")
        left.imshow(patch, **style)
        self._patch_title = self.moving(
            dress(right, "Rebuilt", "• rated in training   × impossible")
        )
        self._rebuilt = self.moving(right.imshow(np.full(patch.shape, low), **style))
        for axes in (left, right):
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        seen = {"color": INK, "markersize": 3.6, "mec": "white", "mew": 0.6}
        self.moving(*right.plot(*np.nonzero(~np.isnan(patch))[::-1], "o", **seen))
        cross = {"color": ORANGE, "markersize": 6, "mew": 1.6}
        self._impossible = self.moving(*right.plot([], [], "x", **cross))
        bar = right.figure.colorbar(self._rebuilt, ax=right, pad=0.02)
        bar.locator = MaxNLocator(5, steps=[1, 2, 5, 10])
        bar.ax.tick_params(**_BAR)
        bar.outline.set_visible(False)
        bar.set_label("stars", fontsize=9.5, color=INK)

    def update(self, run, pinned, errors):
        """Show a run, the pinned one behind it, and the map (n_lams, n_ks) of held-out RMSE."""
        for shown, *lines in (
            (run, self._train, self._held_out, self._objective),
            (pinned, *self._ghosts),
        ):
            for line, name in zip(lines, ("train", "held_out", "objective"), strict=True):
                values = np.array(getattr(shown, name) if shown else [])
                unit = self._unit if name == "objective" else 1
                line.set_data(np.arange(1, len(values) + 1), values / unit)
        self._fit_axes(run, pinned)
        self._cells.set_data(self._shade(errors))
        self._beaten.set_data(*np.argwhere(errors < self._bias_rmse).T[::-1])
        self._here.set_data(*_place(run))
        on_this_map = pinned and (pinned.weighted, pinned.biased) == (run.weighted, run.biased)
        self._pinned_at.set_data(*(_place(pinned) if on_this_map else ([], [])))
        filled = np.count_nonzero(~np.isnan(errors))
        kind = f"{'λ·n' if run.weighted else 'plain λ'}, {'with' if run.biased else 'no'} biases"
        self._map_title.set_text(f"Map for {kind}: {filled} of {errors.size} tried")
        self._rebuilt.set_data(run.patch)
        self._impossible.set_data(*np.nonzero(run.outside)[::-1])
        count = int(run.outside.sum())
        self._patch_title.set_text(f"Rebuilt: {count} impossible rating{'s' * (count != 1)}")
        gap = run.held_out[-1] - self._bias_rmse
        where = f"{abs(gap):.3f} {'below' if gap < 0 else 'above'} the biases"
        self._verdict.set_text(f"Held out {run.held_out[-1]:.3f}: {where}")
        low, high = self._scale
        self.message = (
            f"{count} of {run.outside.size} rebuilt cells lie outside {low:g} to {high:g} stars."
        )

    def _fit_axes(self, run, pinned):
        """Widen an axis that a curve leaves, narrow one that a finished run leaves empty, and leave
        all others alone: eyes must follow, and the whole page is drawn anew."""
        runs, step = [run, pinned] if pinned else [run], 0.1 * self._star
        errors = np.concatenate([r.train + r.held_out for r in runs] + [[self._bias_rmse]])
        low = max(0, step * np.floor(errors.min() / step - 0.3))
        high = step * np.ceil(errors.max() / step + 0.3)
        ceiling = round_up(max(max(r.objective) for r in runs) / self._unit)
        for axes, bottom, top in ((self._rmse, low, high), (self._sum, 0, ceiling)):
            before = axes.get_ylim()
            after = min(bottom, before[0]), max(top, before[1])
            if len(run.train) == self._n_iter and top - bottom < 0.6 * (after[1] - after[0]):
                after = bottom, top
            if after != before:
                axes.set_ylim(after)
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
