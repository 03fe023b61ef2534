"""What `teach quiz` writes: GIFT that reads back, JSON that loads, pages without a key."""

import json
import re
import sys
from html import escape, unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "teaching"))

import bank  # noqa: E402
import quiz  # noqa: E402
import teach  # noqa: E402

QUESTIONS = bank.load()
FILES = quiz.files(QUESTIONS)
STUDENT = {name: text for name, text in FILES.items() if name.startswith("student/")}


def read_gift(text):
    """A small reader of GIFT: (id, question, [(is it the key?, option, feedback)]) in HTML."""
    bare = "\n".join(line for line in text.split("\n") if not line.startswith(("//", "$CATEGORY")))
    for entry in re.split(r"\n\s*\n", bare.strip()):
        tokens = re.findall(r"\\[\\~=#{}:]|::|[~=#{}]|(?:(?!::)[^\\~=#{}])+", entry)
        assert "".join(tokens) == entry, entry
        (start, name, middle, asked, opened, *rest) = tokens[:3] + split(tokens[3:])
        assert (start, middle, opened, rest[-1]) == ("::", "::", "{", "}"), entry
        options, part = [], None
        for token in rest[:-1]:
            if token in "~=":
                options.append([token == "=", "", ""])
                part = 1
            elif token == "#":
                part = 2
            elif part:
                options[-1][part] += token.removeprefix("\\") if len(token) == 2 else token
        options = [(right, one.strip(), why.strip()) for right, one, why in options]
        yield name, asked.removeprefix("[html]").strip(), options


def split(tokens):
    """The words before the first brace as one, then the rest."""
    opened = tokens.index("{")
    words = [one.removeprefix("\\") if len(one) == 2 else one for one in tokens[:opened]]
    return ["".join(words), *tokens[opened:]]


def test_gift_reads_back_as_the_bank():
    found = list(read_gift(FILES["key/questions.gift"]))
    assert [name for name, *_ in found] == [question.id for question in QUESTIONS]
    for (_, asked, options), question in zip(found, QUESTIONS, strict=True):
        assert asked == quiz.rich(question.ask).replace("\n", "<br>")
        assert options == [
            (one.right, quiz.inline(one.text), quiz.inline(one.why)) for one in question.options
        ]


def test_gift_has_what_needs_a_shield():
    text = FILES["key/questions.gift"]
    assert all("\\" + one in text for one in "~=#{}:" if one in quiz.plain(QUESTIONS))
    hostile = "a = {b: c} # d ~ e \\ f"
    assert re.sub(r"\\([\\~=#{}:])", r"\1", quiz.shielded(hostile)) == hostile
    assert not re.search(r"(?<!\\)[~=#{}:]", quiz.shielded(hostile).replace("\\\\", ""))


def test_json_holds_everything():
    found = json.loads(FILES["key/questions.json"])["questions"]
    assert [one["id"] for one in found] == [question.id for question in QUESTIONS]
    for one, question in zip(found, QUESTIONS, strict=True):
        assert [option["text"] for option in one["options"] if option["right"]] == [
            option.text for option in question.options if option.right
        ]
        assert one["options"]["ABCD".index(one["key"])]["right"]


@pytest.mark.parametrize("name", STUDENT)
def test_what_students_get_holds_no_key(name):
    page = unescape(STUDENT[name])
    assert "right:" not in page and "Answer" not in page
    for question in QUESTIONS:
        for option in question.options:
            said = unescape(quiz.inline(option.why))
            assert len(said) < 12 or said not in page, (question.id, said)


def test_each_student_page_asks_its_questions_and_no_others():
    for name, tag in (("next_day", "next-day"), ("next_week", "next-week"), ("vote", "vote")):
        asked = re.findall(r"<small>([\w-]+)</small>", STUDENT[f"student/{name}.html"])
        assert asked == [question.id for question in bank.tagged(QUESTIONS, tag)]
    for number in {question.notebook[:2] for question in QUESTIONS} - {""}:
        asked = re.findall(r"<small>([\w-]+)</small>", STUDENT[f"student/{number}.html"])
        assert asked == [q.id for q in QUESTIONS if q.notebook.startswith(number)]


def test_every_key_page_has_every_key():
    for question in QUESTIONS:
        assert quiz.answered(question) in FILES["key/key.html"]
    before = FILES["before_class.html"]
    assert before.count("<details>") == len(bank.tagged(QUESTIONS, "before"))


def test_text_becomes_html():
    text = "Is `a < b`?\n\n```\n1  .\n.  2\n```\n**No.**"
    code = escape("a < b")
    assert quiz.rich(text) == (
        f"<p>Is <code>{code}</code>?</p><pre>1  .\n.  2</pre><p><b>No.</b></p>"
    )


def test_the_command_writes_what_was_asked_for(tmp_path, capsys):
    quiz.quiz(["04", "05"], tmp_path)
    assert "questions" in capsys.readouterr().out
    pages = sorted(path.name for path in (tmp_path / "student").iterdir())
    assert pages == ["04.html", "05.html", "next_day.html", "next_week.html", "vote.html"]
    with pytest.raises(SystemExit, match="no questions on notebook '4'.*00, 01"):
        quiz.quiz(["4"], tmp_path)


def test_teach_knows_what_the_texts_tell_teachers_to_type():
    for path in (ROOT / "teaching").glob("*.md"):
        typed = re.findall(r"lesson\.py teach (\w+)", path.read_text(encoding="utf-8"))
        assert set(typed) <= set(teach.COMMANDS), path.name
