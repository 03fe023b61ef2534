"""Live figures in a real browser, from a folder of files: no kernel, no server, no stranger."""

import re
from base64 import b64decode
from io import BytesIO

import live
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def figures(site):
    """The folder of the live figures on the site."""
    return site / "live"


# ---- the frames --------------------------------------------------------------------------------


def pixels(source):
    """A picture's pixels, (height, width, 3)."""
    return np.asarray(Image.open(source).convert("RGB"))


def drawn(explorer, setting):
    """The words and the pixels with which an explorer answers a setting."""
    still = explorer.set(**setting)
    data = re.search(r'base64,([^"]+)"', still.image)[1]
    return f"{still}", explorer.picture.alt, pixels(BytesIO(b64decode(data)))


@pytest.mark.parametrize("name", ["half_step", "zigzag"])
def test_frames_are_what_the_explorer_draws(figures, name):
    figure, known = live.SAMPLE[name], live.described(figures, name)
    explorer = figure.explorer()
    for number, setting in list(enumerate(figure.settings()))[::-7]:
        line, alt, picture = drawn(explorer, setting)
        assert known["said"][number] == [line, alt.removeprefix(line)]
        assert np.array_equal(pixels(figures / name / live.file_name(number)), picture)


def test_the_dashboards_frames_are_what_it_draws_once_the_map_is_tried(figures):
    figure, known = live.SAMPLE["dashboard"], live.described(figures, "dashboard")
    board = figure.explorer()
    start = figure.settings()[figure.start()]
    switches = {name: start[name] for name in figure.shared}
    for setting in figure.settings():
        if switches.items() <= setting.items():
            board.set(**setting)
    line, alt, picture = drawn(board, start)
    assert known["said"][figure.start()] == [line, alt.removeprefix(line)]
    assert np.array_equal(pixels(figures / "dashboard" / live.file_name(figure.start())), picture)


@pytest.mark.parametrize("name", live.FIGURES)
def test_every_frame_has_its_words(figures, name):
    figure, known = live.SAMPLE[name], live.described(figures, name)
    files = sorted(path.name for path in (figures / name).glob("*.webp"))
    assert files == [live.file_name(number) for number in range(len(figure.settings()))]
    alts = ["".join(words) for words in known["said"]]
    assert len(set(alts)) == len(files) and min(map(len, alts)) > 150
    for setting, (line, _) in zip(figure.settings(), known["said"], strict=True):
        assert f"λ = {setting['lam']:.2g}" in line


def test_all_frames_together_stay_light(figures):
    heaviest = 0
    for name, figure in live.FIGURES.items():
        sizes = [path.stat().st_size for path in (figures / name).glob("*.webp")]
        heaviest += max(sizes) * len(figure.settings())
    assert heaviest < live.LIMIT


def test_figures_that_outgrow_the_limit_are_refused(figures, monkeypatch, tmp_path):
    monkeypatch.setattr(live, "render", lambda sample: figures)
    monkeypatch.setattr(live, "LIMIT", 1e5)
    with pytest.raises(RuntimeError, match="more than 0.1 MB: take values out of the grids"):
        live.build(tmp_path / "live", sample=True)


def test_what_was_drawn_is_drawn_again_only_when_the_code_changes(monkeypatch, tmp_path):
    begun = []
    monkeypatch.setattr(live, "_draw_all", lambda folder, sample: begun.append(sample))
    live.render(sample=True, folder=tmp_path)
    live.render(sample=True, folder=tmp_path)
    assert begun == [True]
    monkeypatch.setattr(live, "version", lambda name: "another")
    live.render(sample=True, folder=tmp_path)
    live.render(folder=tmp_path)
    assert begun == [True, True, False]


# ---- the page ----------------------------------------------------------------------------------


class Page:
    """live.html from file://, and what the browser fetched and complained of."""

    def __init__(self, browser, address, missing="nothing", **options):
        self.context = browser.new_context(
            **{"viewport": {"width": 1100, "height": 900}, **options}
        )
        self.page = self.context.new_page()
        self.fetched, self.complaints = set(), []
        self.page.on("request", lambda request: self.fetched.add(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console", lambda said: said.type == "error" and self.complaints.append(said.text)
        )
        self.page.route(missing, lambda route: route.abort())
        self.page.goto(address)

    def figure(self, name):
        """One figure, in view."""
        box = self.page.locator(f"[data-live={name}]")
        box.scroll_into_view_if_needed()
        return box

    def wait_for(self, ending):
        """Wait until an address with this ending has been asked for."""
        if not any(address.endswith(ending) for address in self.fetched):
            self.page.wait_for_event("request", lambda request: request.url.endswith(ending))


@pytest.fixture
def visit(browser, site):
    """Open the page, with the browser's own options; it must have nothing to complain of."""
    opened = []

    def visit(**options):
        opened.append(Page(browser, (site / "live.html").as_uri(), **options))
        return opened[-1]

    yield visit
    for one in opened:
        one.context.close()
        assert not one.complaints
        assert {address.partition("://")[0] for address in one.fetched} == {"file"}


def line(box):
    """What stands below the picture."""
    return box.locator("figcaption [role=status]")


def settle(box, name, **changed):
    """Wait until the figure shows the sample's frame that differs from its first by this; check
    its words and its picture."""
    figure = live.SAMPLE[name]
    setting = {**figure.settings()[figure.start()], **changed}
    number = figure.settings().index(setting)
    expect(box).to_have_attribute("data-frame", str(number))
    expect(line(box)).not_to_contain_text("could not be read")
    image = box.locator("img")
    assert image.get_attribute("src").endswith(f"/{name}/{live.file_name(number)}")
    assert image.get_attribute("alt").startswith(line(box).inner_text())
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1080
    return number


def test_the_arrow_keys_move_a_slider(visit):
    box = visit().figure("dashboard")
    slider = box.get_by_role("slider", name="k, factors")
    slider.press("ArrowRight")
    settle(box, "dashboard", k=50)
    assert slider.get_attribute("aria-valuetext") == "50"
    expect(line(box)).to_contain_text("k = 50, λ = 0.2, λ·n, with biases")
    slider.press("Home")
    settle(box, "dashboard", k=1)
    slider.press("Tab")
    assert box.get_by_role("slider", name="λ, penalty").evaluate("it => it.matches(':focus')")


def test_the_space_bar_turns_a_switch(visit):
    box = visit().figure("dashboard")
    box.get_by_role("checkbox", name="subtract biases first").press("Space")
    settle(box, "dashboard", biases=False)


def test_the_mouse_drags_a_slider_to_its_end(visit):
    one = visit()
    box = one.figure("zigzag")
    spot = box.get_by_role("slider", name="step size of gradient descent").bounding_box()
    x, y = spot["x"], spot["y"] + spot["height"] / 2
    one.page.mouse.move(x + 8, y)
    one.page.mouse.down()
    one.page.mouse.move(x + spot["width"] / 2, y, steps=3)
    one.page.mouse.move(x + spot["width"] + 60, y, steps=3)
    one.page.mouse.up()
    figure = live.SAMPLE["zigzag"]
    settle(box, "zigzag", step_size=figure.controls["step_size"].values[-1])
    expect(line(box)).to_contain_text("gradient descent with step size 0.1")


def test_a_finger_moves_a_slider_on_a_phone(visit):
    phone = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
    one = visit(**phone, device_scale_factor=2)
    box = one.figure("half_step")
    spot = box.get_by_role("slider", name="half-steps done").bounding_box()
    assert spot["height"] >= 24 and spot["x"] >= 0 and spot["x"] + spot["width"] <= 390
    one.page.touchscreen.tap(spot["x"] + spot["width"] - 6, spot["y"] + spot["height"] / 2)
    settle(box, "half_step", done=40)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= 390
    small = box.locator("img").bounding_box()["width"]
    box.get_by_role("button", name="Enlarge").tap()
    assert small <= 390 < box.locator("img").bounding_box()["width"]
    assert one.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_run_goes_to_the_end_by_itself_and_stop_ends_it(visit):
    box = visit().figure("half_step")
    box.get_by_role("slider", name="half-steps done").press("Home")
    settle(box, "half_step", done=0)
    box.get_by_role("button", name="Run").click()
    box.get_by_role("button", name="Stop").click()
    settle(box, "half_step", done=6)
    box.get_by_role("button", name="Run").click()
    settle(box, "half_step", done=40)
    expect(box.get_by_role("button", name="Run")).to_be_visible()


def test_neighbours_are_fetched_before_they_are_asked_for_and_others_are_not(visit):
    one, figure = visit(), live.SAMPLE["half_step"]
    one.figure("half_step")
    one_step = [{"done": 40}, {"done": 0}, {"user": 5}, {"start": 1}, {"lam": 1.0}]
    for name in [name_of(figure, **changed) for changed in one_step]:
        one.wait_for(f"/half_step/{name}")
    assert not any(
        address.endswith(f"/half_step/{name_of(figure, user=5, done=0)}") for address in one.fetched
    )


def name_of(figure, **changed):
    """The file of the frame that differs from the first by this."""
    setting = {**figure.settings()[figure.start()], **changed}
    return live.file_name(figure.settings().index(setting))


def test_a_frame_that_is_missing_is_said_and_the_others_still_come(browser, site):
    missing = f"**/half_step/{name_of(live.SAMPLE['half_step'], user=5)}"
    one = Page(browser, (site / "live.html").as_uri(), missing)
    box = one.figure("half_step")
    user = box.get_by_role("slider", name="user")
    user.press("End")
    expect(line(box)).to_contain_text("This picture could not be read.")
    user.press("Home")
    settle(box, "half_step")
    one.context.close()


def test_without_javascript_a_still_stands_there(visit):
    box = visit(java_script_enabled=False).figure("zigzag")
    assert box.locator("input").count() == 0
    expect(box.locator("img")).to_be_visible()
    figure = live.SAMPLE["zigzag"]
    assert box.locator("img").get_attribute("src").endswith(live.file_name(figure.start()))
    expect(box).to_contain_text("This is a still: its sliders need JavaScript.")
