"""notebooks/src/replicate.py: every seed moves, no claim stops a run, the page tells all."""

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from reading import NOTEBOOKS

sys.path.insert(0, str(NOTEBOOKS / "src"))
import replicate
import seeds

PAGE = """---
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# throw dice

## The first throw

What will it be? Guess.

```{code-cell}
import numpy as np

first = np.random.RandomState(0).randint(10**9)
assert first == 209652396
```

With seed 0 it is 209652396. Then *this* paragraph goes on.

```{code-cell}
:share: 1 of 2

def check(number):
    assert number % 2 | 0

for number in (1, 2, 3):
    check(number)
assert len("ab") == 2, "never said"
```

## The second

Here is [a link](x.ipynb), followed by code to the end.

```{code-cell}
assert [].pop()
```

```{code-cell}
nothing = 1 / 0
assert nothing
print(first)
```
"""
DRAWS = """
import random, sys
import numpy as np, pandas as pd
sys.path.append(sys.argv[1])
import seeds
seeds.shift(int(sys.argv[2]))
random.seed(3)
np.random.seed(3)
again = np.random.RandomState(9)
again.seed(3)
drawn = [random.random(), random.Random(3).random(), np.random.rand(), again.rand()]
drawn += [np.random.RandomState(3).rand(), np.random.RandomState([3, 4]).rand()]
drawn += [np.random.default_rng(3).random(), pd.Series(range(99)).sample(1, random_state=3).sum()]
print(*drawn)
"""


@pytest.fixture
def texts(tmp_path, monkeypatch):
    """A folder of texts with a page of its own."""
    for module, name in ((replicate.build, "TEXTS"), (replicate.build, "NOTEBOOKS")):
        monkeypatch.setattr(module, name, tmp_path)
    monkeypatch.setattr(replicate, "PAGE", tmp_path / "replication.md")
    monkeypatch.setattr(replicate, "KEPT", tmp_path / "kept")
    (tmp_path / "07_throw_dice.md").write_text(PAGE, encoding="utf-8")
    (tmp_path / "seeds.py").write_bytes((NOTEBOOKS / "src" / "seeds.py").read_bytes())
    return tmp_path


def test_every_kind_of_seed_is_shifted_by_as_much_and_by_nothing_else():
    def draws(shift):
        command = [sys.executable, "-c", DRAWS, str(NOTEBOOKS / "src"), str(shift)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    as_written, shifted = draws(0), draws(2)
    assert not set(as_written) & set(shifted)
    assert draws(2) == shifted
    code = "import numpy as np; print(np.random.RandomState(5).rand())"
    plain = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shifted[4] == plain.stdout.strip()


def test_the_seed_of_spark_is_shifted_too(monkeypatch):
    recommendation = pytest.importorskip("pyspark.ml.recommendation")

    class ALS:
        def __init__(self, **settings):
            self.settings = settings

    monkeypatch.setattr(recommendation, "ALS", ALS)
    seeds.shift_spark(1000)
    assert recommendation.ALS(seed=3, rank=2).settings == {"seed": 1003, "rank": 2}


def test_where_spark_is_missing_there_is_nothing_to_shift(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.ml", None)
    assert seeds.shift_spark(1000) is None


def test_a_share_counts_the_runs_that_had_cause_to_reach_the_claim():
    ran, skipped = replicate.Run({0: None, 1: "no"}, None), replicate.Run({0: None}, None)
    broke = replicate.Run({}, "1 / 0")
    shares = [replicate.held(number, [ran, skipped, broke]) for number in (0, 1)]
    assert shares == ["**2 of 3**", "**0 of 2**"]
    assert replicate.held(0, [ran, skipped]) == "2 of 2"
    assert replicate.held(7, [ran, skipped]) == "–"


def test_claims_are_noted_and_nothing_stops_a_run(texts):
    notebook = replicate.build.read_text(texts / "07_throw_dice.md")
    claims = replicate.rewrite(notebook, "simulated", 1)
    outcome = replicate.run(notebook)
    assert [claim.code for claim in claims] == [
        "first == 209652396",
        "number % 2 | 0",
        "len('ab') == 2",
        "[].pop()",
        "nothing",
    ]
    assert outcome.failures == {
        0: "AssertionError: ",
        1: "AssertionError: ",  # it held again later: once false is false
        2: None,
        3: "IndexError: pop from empty list",
    }  # and the last was never reached
    assert "ZeroDivisionError" in outcome.trouble
    assert replicate.rewrite(replicate.build.read_text(texts / "07_throw_dice.md"), "", 0) == claims


def test_a_claim_comes_with_its_section_sentence_and_share(texts):
    claims = replicate.rewrite(replicate.build.read_text(texts / "07_throw_dice.md"), "", 0)
    assert [(claim.section, claim.share) for claim in claims] == [
        ("The first throw", None),
        ("The first throw", "1 of 2"),
        ("The first throw", "1 of 2"),
        ("The second", None),
        ("The second", None),
    ]
    goes_on = "With seed 0 it is 209652396. Then *this* paragraph goes on."
    assert claims[0].sentence == goes_on
    assert claims[1].sentence == goes_on, "a heading starts something else, so look before"
    assert claims[4].sentence == "Here is a link, followed by code to the end."


CHANCE = (
    PAGE.partition("## The first throw")[0]
    + """\
```{code-cell}
import os
import numpy as np

number = np.random.RandomState(0).randint(10**9)
assert number % 2 == 0, "The number is *even* | by chance."
assert number >= 0
print(os.environ["ALS_LESSON_DATA"], number)
```
"""
)


def evens(shifts):
    """In how many shifts the claim of CHANCE holds, from NumPy alone."""
    numbers = [np.random.RandomState(1000 * n).randint(10**9) for n in shifts]
    return sum(number % 2 == 0 for number in numbers)


def command(texts, monkeypatch, *arguments):
    """Run the command on simulated ratings; return (page, what runs were done)."""
    done = []
    execute = replicate.run

    def counted(notebook):
        done.append(re.search(r"shift\((\d+)000\)", notebook.cells[0].source)[1])
        return execute(notebook)

    with monkeypatch.context() as patch:
        patch.setattr(replicate.os, "environ", dict(replicate.os.environ))
        patch.setattr(replicate, "run", counted)
        replicate.main([*arguments, "--data", "simulated"])
    return (texts / "replication.md").read_text(encoding="utf-8"), sorted(map(int, done))


def test_the_page_counts_and_keeps_what_was_not_run(texts, monkeypatch, capsys):
    (texts / "03_other.md").touch()
    (texts / "replication.md").write_text(
        "# old\n\n## [03 other](03_other.ipynb)\n\nkept\n\n## [04 gone](04_gone.ipynb)\n\nlost\n"
    )
    page, _ = command(texts, monkeypatch, "07", "--shifts", "2")
    assert page.startswith(replicate.OPENING)
    assert re.findall(r"^## \[(\d\d)", page, re.M) == ["03", "07"] and "\n\nkept\n" in page
    rows = re.findall(r"^\| The .*\| (.*) \|$", page, re.M)
    assert rows == ["**0 of 2**", "**0 of 2**", "2 of 2", "**0 of 2**", "**0 of 2**"]
    assert r"`number % 2 \| 0` (the page says: 1 of 2)" in page
    assert "2 of 2 runs on simulated met trouble: `ZeroDivisionError: division by zero`" in page
    said = capsys.readouterr().out
    assert "ZeroDivisionError" in said and "len('ab')" not in said


def test_a_claim_of_one_seed_gets_its_share_and_runs_add_up(texts, monkeypatch):
    text = texts / "07_throw_dice.md"
    text.write_text(CHANCE, encoding="utf-8")
    page, done = command(texts, monkeypatch, "07", "--shifts", "3")
    share = f"{evens([1, 2, 3])} of 3"
    assert 0 < evens([1, 2, 3]) < 3, "by chance neither always nor never"
    assert rf"The number is *even* \| by chance. `number % 2 == 0` | **{share}** |" in page
    assert "`number >= 0` | 3 of 3 |" in page and done == [1, 2, 3]

    page, done = command(texts, monkeypatch, "07", "--first", "3", "--shifts", "3")
    assert f"| **{evens(range(1, 6))} of 5** |" in page and done == [4, 5]

    text.write_text(CHANCE + "\nMore words.\n", encoding="utf-8")
    assert command(texts, monkeypatch, "--shifts", "1")[1] == []
    text.write_text(CHANCE.replace(">= 0", "> 0"), encoding="utf-8")
    page, done = command(texts, monkeypatch, "--shifts", "1")
    assert "`number > 0` | 1 of 1 |" in page and done == [1]


def test_runs_of_code_that_changed_meanwhile_are_not_reported(texts, monkeypatch, capsys):
    text = texts / "07_throw_dice.md"
    text.write_text(CHANCE, encoding="utf-8")
    (texts / "replication.md").write_text("# x\n\n## [07 old](07_throw_dice.ipynb)\n\nas it was\n")
    execute = replicate.build.execute

    def edited(notebook, **options):
        text.write_text(CHANCE.replace(">= 0", "> 0"), encoding="utf-8")
        return execute(notebook, **options)

    monkeypatch.setattr(replicate.build, "execute", edited)
    page, _ = command(texts, monkeypatch, "--shifts", "1")
    assert "as it was" in page and "number" not in page.replace(replicate.OPENING, "")
    assert "07_throw_dice: its code changed while it ran" in capsys.readouterr().out


def test_what_decides_a_claim_is_code_not_words():
    one = replicate.code_alone('"""Doc."""\ndef f():\n    """More."""\n    return 1  # why')
    assert one == replicate.code_alone('"""Other."""\ndef f():\n    """Words."""\n    return 1')
    assert one != replicate.code_alone('"""Doc."""\ndef f():\n    """More."""\n    return 2')


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C otherwise")
def test_ctrl_c_ends_every_process_and_leaves_no_file(texts):
    ids = texts / "ids"
    sleeping = f"""\
```{{code-cell}}
import os, subprocess, sys, time

child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open({str(ids)!r}, "a") as file:
    file.write(f"{{os.getpid()}} {{child.pid}}\\n")
time.sleep(600)
```
"""
    (texts / "07_throw_dice.md").write_text(PAGE.partition("## ")[0] + sleeping)
    program = f"""
import sys; sys.path.insert(0, {str(NOTEBOOKS / "src")!r})
from pathlib import Path; import replicate
folder = Path({str(texts)!r})
replicate.build.TEXTS = replicate.build.NOTEBOOKS = folder
replicate.PAGE, replicate.KEPT = folder / "replication.md", folder / "kept"
replicate.main(["--data", "simulated"])
"""
    (texts / "tmp").mkdir()  # where each kernel has a file with its ports
    environment = {**os.environ, "TMPDIR": str(texts / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
    launched = subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE, text=True
    )
    patience = time.monotonic() + 120
    while not ids.exists() or ids.read_text().count("\n") < 2:  # two notebooks at once
        assert launched.poll() is None and time.monotonic() < patience
        time.sleep(0.1)
    assert len(list((texts / "tmp").glob("*.json"))) == 2
    launched.send_signal(signal.SIGINT)
    said = launched.communicate(timeout=120)[1]
    assert "Stopped. Finished runs are kept" in said and "Traceback" not in said
    for pid in map(int, ids.read_text().split()):
        assert not running(pid), pid
    assert not list((texts / "tmp").glob("*.json"))
    assert {path.name for path in texts.iterdir()} == {"07_throw_dice.md", "ids", "tmp", "seeds.py"}


def running(pid):
    """Whether a process still runs; one that ended but was not yet waited for does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


def test_movielens_is_used_where_it_is_at_hand(movielens_zip, monkeypatch, tmp_path, capsys):
    simulated = {"simulated": "simulated"}
    both = simulated | {"movielens-small": movielens_zip}
    assert replicate.data_at_hand() == both == replicate.parse([])[2]
    assert replicate.parse(["--data", "simulated"])[2] == simulated
    assert list(replicate.parse(["--data", "movielens-small"])[2]) == ["movielens-small"]
    monkeypatch.delenv("ALS_LESSON_MOVIELENS")
    monkeypatch.setenv("ALS_LESSON_CACHE", str(tmp_path))
    assert replicate.parse([])[2] == simulated
    with pytest.raises(SystemExit):
        replicate.parse(["--data", "movielens-small"])
    assert "MovieLens is not here: type als_lesson.fetch_movielens()" in capsys.readouterr().err
    (tmp_path / "ml-latest-small.zip").write_bytes(movielens_zip.read_bytes())
    assert list(replicate.data_at_hand()) == list(both)


def test_shifts_are_counted_from_one(capsys):
    assert list(replicate.parse(["--first", "6", "--shifts", "5"])[1]) == [6, 7, 8, 9, 10]
    for wrong in (["--shifts", "0"], ["--first", "0"]):
        with pytest.raises(SystemExit):
            replicate.parse(wrong)
        assert "must be 1 or more" in capsys.readouterr().err
