"""The language of all that users read: the terms of the field, short sentences."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

import skdigits
from skdigits.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "SECURITY.md")),
    *(ROOT / "docs").rglob("*.rst"),
    *(ROOT / "examples").rglob("*.py"),
]
# Longer than any sentence should be: 25 words are the aim.
MOST_WORDS = 40

# Each with the words to write instead.
BANNED = {
    r"\bmisreads?\b|\bread wrongly\b": "misclassified, misclassifies",
    r"(?:^|[.:;]\s)What (?:is|was) (?!new\b|the\b|a\b|it\b)": "a noun",
    r"(?:^|[.:;]\s)Who(?:ever)? \w+s\b(?![^.]*\?)": "you, or a noun",
    r"\bas (?:it|they) stands?\b": "unchanged",
    r"\blast time\b|\bgoals? (?:was|were) worded\b|\bwas run once\b": (
        "nothing: history belongs in the changelog"
    ),
    r"\btells? nothing\b|\bis (?:its|their) business\b": "the fact itself",
    r"\bhow sure (?:it|the|a|they|its)\b": "confidence, probability",
    r"\b(?:line|image) (?:an|a) (?:epoch|row|line)\b": "per",
    r"\bDraws what the\b|\bnot as described\b": "the parameter, or invalid",
}


def documented() -> Iterator[tuple[str, str]]:
    """Names and docstrings of the public classes, methods and functions."""
    for package in skdigits._SUBPACKAGES:
        for name in getattr(skdigits, package).__all__:
            member = getattr(getattr(skdigits, package), name)
            yield name, inspect.getdoc(member) or ""
            if inspect.isclass(member):
                for method, function in inspect.getmembers(member, inspect.isfunction):
                    if function.__module__.startswith("skdigits"):
                        yield f"{name}.{method}", inspect.getdoc(function) or ""


def helped(command=None, name: str = "skdigits") -> Iterator[tuple[str, str]]:
    """Names and help texts of the commands and their options."""
    command = command or get_command(app)
    yield name, command.help or ""
    for parameter in command.params:
        yield f"{name} {parameter.name}", getattr(parameter, "help", None) or ""
    for part, inner in getattr(command, "commands", {}).items():
        yield from helped(inner, f"{name} {part}")


def found_in(text: str) -> list[str]:
    return [
        f"{match[0].strip()!r}: write {instead}"
        for phrase, instead in BANNED.items()
        for match in re.finditer(phrase, text, re.MULTILINE | re.IGNORECASE)
    ]


def long_sentences(text: str) -> list[str]:
    """Find long sentences of prose: no lists, tables, code, or references."""
    paragraphs = re.split(r"\n\s*\n", text.split("\nReferences\n")[0])
    prose = [
        part for part in paragraphs if not re.search(r">>>|^ *[|$\-.*]", part, re.M)
    ]
    sentences = [
        sentence for part in prose for sentence in re.split(r"(?<=[.:;?])\s", part)
    ]
    return [sentence for sentence in sentences if len(sentence.split()) > MOST_WORDS]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_have_no_banned_phrases(path):
    assert found_in(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("texts", [documented, helped])
def test_docstrings_and_help_have_no_banned_phrases(texts):
    assert {name: found for name, text in texts() if (found := found_in(text))} == {}


@pytest.mark.parametrize("texts", [documented, helped])
def test_docstrings_and_help_have_no_long_sentences(texts):
    assert {
        name: found for name, text in texts() if (found := long_sentences(text))
    } == {}


def test_docstrings_say_what_the_thing_is():
    first = {name: text.split(" ")[0] for name, text in documented()}
    assert [
        name for name, word in first.items() if word in ("What", "Who", "How")
    ] == []


def test_phrases_are_found():
    assert (
        len(found_in("It misreads 4s. What is not a digit is left as it stands.")) == 3
    )
    assert long_sentences("word " * 41 + ".") != []
