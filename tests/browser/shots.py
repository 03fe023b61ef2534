"""Photograph the explorers for the README: ``python3 lesson.py shots``."""

from lab import ROOT, Visit, browse, serve

IMAGES = ROOT / "notebooks" / "images"
DASHBOARD = """
from als_lesson import explore_k_and_lambda, load_dataset, split_ratings
explorer = explore_k_and_lambda(*split_ratings(load_dataset("simulated").ratings))
explorer.pin.value = True
explorer.set(k=8, lam=0.2, weighted=True, biases=True)
explorer.fill_map()
explorer
"""
HALF_STEP = """
from als_lesson import explore_half_step
explorer = explore_half_step()
explorer.set(user=2, done=4)
explorer
"""


def main():
    """Run both explorers in a real JupyterLab and keep what it shows."""
    IMAGES.mkdir(exist_ok=True)
    shots = {"explore_dashboard": DASHBOARD, "explore_half_step": HALF_STEP}
    pages = [(f"{name}.ipynb", [cell]) for name, cell in shots.items()]
    with serve(pages) as server, browse() as browser:
        for name in shots:
            visit = Visit(browser, server, f"{name}.ipynb", width=1160, scale=1.5)
            visit.run_all()
            box = visit.explorer()
            box.locator("img").evaluate("image => image.decode()")
            visit.page.wait_for_function(_SETTLED)
            visit.page.mouse.move(0, 0)
            clip = visit.page.evaluate(_AREA)
            visit.page.screenshot(path=IMAGES / f"{name}.png", clip=clip)
            print(f"wrote notebooks/images/{name}.png")


# The explorer as wide as its picture, with a little air around it.
_AREA = """() => {
    const box = document.querySelector('.als-explorer').getBoundingClientRect();
    const image = document.querySelector('.als-explorer img').getBoundingClientRect();
    return {x: box.x - 6, y: box.y, width: image.width + 20, height: image.bottom - box.y + 2};
}"""
_SETTLED = """() => !/iteration/.test(line()) || /iteration (\\d+) of \\1\\b/.test(line());
function line() { return document.querySelector('.als-explorer [role=status]').textContent; }"""


if __name__ == "__main__":
    main()
