"""How long from a key press to a changed picture, in a real browser: ``python benchmarks/latency.py``.

Prints the median and the 95th percentile over PRESSES presses for k = 5, 20 and 50, the time until
a burst of 100 presses in two seconds has settled, and what 500 presses leave in memory.
"""

import statistics
import sys
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
from lab import Visit, browse, serve

PRESSES = 50
CELL = """
from als_lesson import explore_k_and_lambda, load_dataset, split_ratings
explorer = explore_k_and_lambda(*split_ratings(load_dataset("simulated").ratings), n_iter=10)
explorer.set(biases=True, weighted=True)
explorer
"""
# In the page: when was the key pressed, when had a new picture been decoded, when was it the last.
PROBE = """() => {
    const root = document.querySelector('.als-explorer');
    const probe = window.probe = {arm(k) { Object.assign(this, {k, first: null, settled: null}); }};
    window.addEventListener('keydown', () => { probe.pressed = performance.now(); }, true);
    root.addEventListener('load', () => {
        const now = performance.now(), said = root.querySelector('[role=status]').textContent;
        probe.first ??= now - probe.pressed;
    }, true);
    new MutationObserver(() => {
        const said = root.querySelector('[role=status]')?.textContent ?? '';
        if (said.startsWith(`k = ${probe.k},`) && said.includes('iteration 10 of 10'))
            probe.settled ??= performance.now() - probe.pressed;
    }).observe(root, {subtree: true, childList: true});
}"""


def press(visit, handle, key, k):
    """One press that leads to k: (ms to the first new picture, ms to the last)."""
    visit.page.evaluate("k => probe.arm(k)", k)
    handle.press(key)
    visit.page.wait_for_function("probe.first !== null && probe.settled !== null", polling=20)
    return visit.page.evaluate("[probe.first, probe.settled]")


def summary(values):
    """Median and 95th percentile in words."""
    values = sorted(values)
    late = values[min(len(values) - 1, round(0.95 * len(values)))]
    return f"median {statistics.median(values):5.0f} ms, 95 % under {late:5.0f} ms"


def go_to(visit, handle, k):
    """Walk to k and wait."""
    visit.page.evaluate("k => probe.arm(k)", k)
    handle.press("Home")
    for _ in range(k - 1):
        handle.press("ArrowRight")
    visit.page.wait_for_function("probe.settled !== null", polling=20)


def burst(visit, handle):
    """About 100 presses in two seconds, from k = 1 up and down to 20; ms until it shows 20."""
    go_to(visit, handle, 1)
    visit.page.evaluate("probe.arm(20)")
    start = time.perf_counter()
    for key, times in zip(["ArrowRight", "ArrowLeft"] * 3, (20, 15, 20, 15, 20, 11), strict=True):
        for _ in range(times):
            handle.press(key, no_wait_after=True)
            time.sleep(0.012)
    took = time.perf_counter() - start
    visit.page.evaluate("probe.settled = null")
    visit.page.wait_for_function("probe.settled !== null", polling=20)
    return took, visit.page.evaluate("probe.settled")


def memory(visit):
    """MB of the kernel and of the page."""
    kernels = [
        p for p in psutil.Process().children(recursive=True) if "ipykernel" in str(p.cmdline())
    ]
    heap = visit.page.evaluate("performance.memory.usedJSHeapSize")
    return sum(kernel.memory_info().rss for kernel in kernels) / 1e6, heap / 1e6


def main(presses=PRESSES):
    """Measure and print."""
    with serve([("latency.ipynb", [CELL])]) as server, browse() as browser:
        visit = Visit(browser, server, "latency.ipynb")
        visit.run_all()
        visit.page.evaluate(PROBE)
        handle = visit.explorer().get_by_role("slider", name="k, factors")
        for k in (5, 20, 50):
            go_to(visit, handle, k)
            times = [
                press(visit, handle, *(("ArrowLeft", k - 1) if n % 2 == 0 else ("ArrowRight", k)))
                for n in range(presses)
            ]
            first, settled = zip(*times, strict=True)
            print(
                f"k = {k:2}: first picture {summary(first)}; settled {summary(settled)}", flush=True
            )
        took, settled = burst(visit, handle)
        print(f"burst: 101 presses in {took:.1f} s, settled {settled:.0f} ms after the last")
        go_to(visit, handle, 5)
        before = memory(visit)
        for n in range(500):
            handle.press("ArrowLeft" if n % 2 == 0 else "ArrowRight")
        visit.page.wait_for_timeout(2000)
        after = memory(visit)
        for name, was, now in zip(("kernel", "page"), before, after, strict=True):
            print(f"memory of the {name}: {was:.0f} MB, after 500 presses {now:.0f} MB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
