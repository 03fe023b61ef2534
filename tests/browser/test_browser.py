"""The explorers in a real JupyterLab: mouse, keyboard, words, pictures, and no stranger called."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def line(box):
    return box.get_by_role("status")


def picture(box):
    return box.locator("img").get_attribute("src")


def settle(box, *words):
    """Wait until the line says all this."""
    for word in words:
        expect(line(box)).to_contain_text(word)


def drag_to_end(page, handle, right=True):
    """Drag a slider's handle beyond its end with the mouse."""
    spot = handle.bounding_box()
    x, y = spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + (40 if right else -40), y, steps=4)
    page.mouse.move(x + (500 if right else -500), y, steps=4)
    page.mouse.up()


@pytest.fixture(autouse=True, scope="module")
def patience():
    expect.set_options(timeout=60_000)


@pytest.fixture
def board(dashboard):
    box = dashboard.explorer()
    settle(box, "k = 10, λ = 0.1, plain λ, no biases: iteration 10 of 10")
    return box


def test_the_notebook_with_sliders_runs_to_its_end(sliders):
    expect(sliders.page.locator(".als-explorer")).to_have_count(2)
    expect(sliders.page.locator(".jp-OutputArea-output", has_text="not started")).to_have_count(2)
    expect(sliders.page.locator("[data-mime-type='application/vnd.jupyter.error']")).to_have_count(
        0
    )


def test_the_mouse_moves_k_to_its_end_and_the_picture_follows(dashboard, board, artifacts):
    k = board.get_by_role("slider", name="k, factors")
    k.press("Home")
    settle(board, "k = 1, λ = 0.1, plain λ, no biases: iteration 10 of 10")
    before = picture(board)
    drag_to_end(dashboard.page, k)
    settle(board, "k = 50, λ = 0.1, plain λ, no biases: iteration 10 of 10")
    assert picture(board) != before
    board.screenshot(path=artifacts / "dashboard-mouse.png")


def test_the_keyboard_moves_k_step_by_step(board):
    k = board.get_by_role("slider", name="k, factors")
    k.press("Home")
    settle(board, "k = 1, λ = 0.1, plain λ, no biases: iteration 10 of 10")
    before = picture(board)
    k.press("ArrowRight")
    k.press("ArrowRight")
    settle(board, "k = 3, λ = 0.1, plain λ, no biases: iteration 10 of 10")
    assert picture(board) != before
    assert k.get_attribute("aria-valuetext") == "3"


def test_the_keyboard_alone_reaches_every_control(dashboard, board, artifacts):
    board.get_by_role("slider", name="k, factors").press("Home")
    reached = []
    for _ in range(12):
        reached.append(
            dashboard.page.evaluate(
                "(e => e.getAttribute('aria-label') || e.parentElement.textContent || "
                "e.textContent)(document.activeElement)"
            ).strip()
        )
        dashboard.page.keyboard.press("Tab")
    for name in ("λ, penalty", "weighted: λ·n", "subtract biases", "pin", "Fill the map"):
        assert any(name.lower() in one.lower() for one in reached), (name, reached)


def test_switches_and_pin_answer_to_the_space_bar(dashboard, board, artifacts):
    weighted = board.get_by_label("weighted: λ·n for each row")
    weighted.press("Space")
    settle(board, "λ·n, no biases: iteration 10 of 10")
    board.get_by_label("subtract biases first").press("Space")
    settle(board, "λ·n, with biases: iteration 10 of 10")
    board.get_by_role("button", name="Pin this run").press("Space")
    settle(board, "Pinned: k = 10,")
    board.get_by_role("button", name="Unpin").press("Space")
    expect(line(board)).not_to_contain_text("Pinned")
    board.get_by_role("button", name="Pin this run").press("Space")
    settle(board, "Pinned: k = 10,")
    assert "Map:" in board.locator("img").get_attribute("alt")
    board.screenshot(path=artifacts / "dashboard-switches.png")


def test_the_half_step_steps_and_runs(half_step, artifacts):
    box = half_step.explorer()
    settle(box, "After 6 half-steps")
    box.get_by_role("button", name="Start again").click()
    settle(box, "After 0 half-steps")
    before = picture(box)
    box.get_by_role("button", name="Next half-step").click()
    settle(box, "After 1 half-step,", "stands at the bowl's lowest point")
    assert picture(box) != before
    box.get_by_role("slider", name="user").press("ArrowRight")
    settle(box, "user 1 rated movies 0, 3, 4")
    box.screenshot(path=artifacts / "half-step.png")
    box.get_by_role("button", name="Run").click()
    settle(box, "After 40 half-steps")
    drag_to_end(half_step.page, box.get_by_role("slider", name="half-steps done"), right=False)
    settle(box, "After 0 half-steps")


def test_the_zigzag_follows_its_step_size(zigzag, artifacts):
    box = zigzag.explorer()
    settle(box, "ALS reached")
    box.get_by_role("slider", name="step size").press("End")
    settle(box, "the step is too large")
    box.screenshot(path=artifacts / "zigzag.png")


def test_enter_presses_a_button_and_shift_enter_stays_the_notebooks(half_step):
    """JupyterLab takes Enter for editing a cell, unless it is kept from it."""
    box = half_step.explorer()
    box.get_by_role("button", name="Start again").press("Enter")
    settle(box, "After 0 half-steps")
    box.get_by_role("button", name="Next half-step").press("Enter")
    settle(box, "After 1 half-step,")
    box.get_by_role("button", name="Start again").press("Shift+Enter")  # the notebook's: run
    settle(half_step.explorer(), "After 6 half-steps")


def chosen(box):
    return box.evaluate("list => list.options[list.selectedIndex].text")


def test_the_rating_form_is_filled_in_by_keyboard_alone(form, artifacts):
    first, second = (form.page.get_by_label(name) for name in ("The Salt Bakery", "My Copper"))
    assert (chosen(first), chosen(second)) == (
        "4.5\N{NO-BREAK SPACE}★",
        "not\N{NO-BREAK SPACE}seen",
    )
    first.focus()
    form.page.keyboard.press("ArrowDown")
    assert chosen(first).startswith("4\N{NO-BREAK SPACE}")
    form.page.keyboard.press("Tab")
    form.page.keyboard.press("2")
    assert chosen(second).startswith("2.5\N{NO-BREAK SPACE}")
    form.page.locator(".als-keys").screenshot(path=artifacts / "form.png")
    form.page.locator(".jp-CodeCell").last.click()
    form.page.keyboard.press("Shift+Enter")
    expect(form.page.locator(".jp-OutputArea-output pre").last).to_have_text("[4.  2.5]")
    assert form.page.locator(".jp-MarkdownCell").count() == 0  # the digit made no heading


def test_a_curve_is_guessed_by_keyboard_and_by_mouse(guess, artifacts):
    page = guess.page
    first = page.get_by_role("slider", name="iteration 1", exact=True)
    assert first.get_attribute("aria-valuetext") == "1.20"
    first.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-valuetext", "1.16")
    last = page.get_by_role("slider", name="iteration 20").bounding_box()
    page.mouse.move(last["x"] + last["width"] / 2, last["y"] + last["height"] / 2)
    page.mouse.down()
    page.mouse.move(last["x"], last["y"] - 400, steps=5)
    page.mouse.up()
    page.locator(".als-keys").screenshot(path=artifacts / "guess.png")
    page.locator(".jp-CodeCell").nth(2).click()
    page.keyboard.press("Shift+Enter")
    printed = page.locator(".jp-CodeCell").nth(2).locator(".jp-OutputArea-output pre")
    expect(printed).to_have_text("[1.16 1.   1.4 ]")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("name", ["dashboard", "half_step", "zigzag", "guess"])
def test_on_a_narrow_page_a_picture_shrinks_and_keeps_its_shape(request, artifacts, name, theme):
    """853 pixels: a projector's 1280 at 150 %. On a dark page it is a white card."""
    visit = request.getfixturevalue(name)
    page, usual = visit.page, visit.page.viewport_size
    command = "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})"
    page.evaluate(command, f"JupyterLab {theme}")
    page.set_viewport_size({"width": 853, "height": 1000})
    image = page.locator(".jp-OutputArea-output img:visible").last
    image.scroll_into_view_if_needed()
    page.screenshot(path=artifacts / f"{name}-853-{theme.lower()}.png")
    area = page.locator(".jp-OutputArea-output").last.bounding_box()
    box, shape = image.bounding_box(), image.evaluate("i => i.naturalWidth / i.naturalHeight")
    style = image.evaluate(
        "i => [getComputedStyle(i).backgroundColor, getComputedStyle(i).padding]"
    )
    page.set_viewport_size(usual)
    page.evaluate(command, "JupyterLab Light")
    assert box["x"] + box["width"] <= area["x"] + area["width"] + 1
    assert box["width"] < 700
    assert (box["width"] - 8) / (box["height"] - 8) == pytest.approx(shape, rel=0.02)
    assert style == ["rgb(255, 255, 255)", "4px"]


@pytest.mark.parametrize("place", ["notebook", "voila"])
@pytest.mark.parametrize("name", ["half_step", "zigzag"])
def test_notebook_7_and_voila_show_it_too(browser, server, artifacts, place, name):
    from lab import Visit

    visit = Visit(browser, server, f"{name}.ipynb", place=place)
    visit.complaints.clear()  # what the frame says of itself before anything of ours is there
    visit.run_all()
    box = visit.explorer()
    before = picture(box)
    box.get_by_role("slider", name="half-steps done" if name == "half_step" else "steps of").press(
        "ArrowRight"
    )
    settle(box, "After 7 half-steps," if name == "half_step" else "21 steps")
    assert picture(box) != before
    box.screenshot(path=artifacts / f"{place}-{name}.png")
    # Voilà's own page asks for icons and for MathJax; no widget may come from elsewhere.
    frames_own = ("fontawesome", "mathjax")
    assert all(any(own in url for own in frames_own) for url in visit.foreign), visit.foreign
    assert place == "voila" or not visit.foreign
    assert place == "voila" or not visit.complaints
    visit.page.close()


@pytest.mark.parametrize("name", ["dashboard", "half_step", "zigzag", "form", "guess"])
def test_axe_finds_no_serious_violation(request, name):
    """axe-core, on the widget area; its rules are those of WCAG."""
    from axe_playwright_python.sync_playwright import Axe

    visit = request.getfixturevalue(name)
    visit.page.locator(".als-keys").first.scroll_into_view_if_needed()
    results = Axe().run(visit.page, context=".als-keys").response
    assert results["passes"], "axe looked at nothing"
    bad = [
        (found["id"], found["nodes"][0]["html"][:200])
        for found in results["violations"]
        if found["impact"] in ("serious", "critical")
    ]
    assert not bad


def test_before_its_cell_runs_an_explorer_is_a_picture_with_words(browser, server):
    from lab import Visit

    visit = Visit(browser, server, "never_run.ipynb")  # a kernel that ran it would revive it
    figure = visit.page.locator("figure img").first
    expect(figure).to_be_visible()
    assert "RMSE on training ratings" in figure.get_attribute("alt")
    visit.page.close()
