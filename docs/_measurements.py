"""The directive ``measurements``: chosen figures of one benchmark, as a small table.

Its argument is the name of a file in ``benchmarks/results``, without ``.json``. Each
line of its content is a row: the name of a side, and text for further columns,
separated by ``|``. The options name the columns::

    .. measurements:: recipes_table
       :side: Classifier
       :columns: accuracy in % = Accuracy, %; median = Training, s
       :texts: When

       fast | to try something out

A column is ``median``, ``min``, ``max``, the name of a column of the result, or the
name of a figure in the notes of the side; ``* 100`` behind it makes percent of a share.
Every number is read when the page is built.
"""

import json
from pathlib import Path
from typing import Any, ClassVar

from docutils.nodes import Node
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).parents[1] / "benchmarks" / "results"


def table_of(
    result: dict[str, Any],
    rows: list[tuple[str, list[str]]],
    columns: dict[str, str],
    side: str,
    texts: list[str],
) -> list[str]:
    """Write sides of a result as a table, and where they were measured."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    table = [[side, *columns.values(), *texts]]
    for name, words in rows:
        if len(words) != len(texts):
            raise ValueError(f"{name!r} has {len(words)} texts, the table {len(texts)}")
        figures = (_figure(result, name, column) for column in columns)
        table.append([name, *map(_text, figures), *words])
    for row in table:
        for k, cell in enumerate(row):
            lines.append(f"   {' ' if k else '*'} - {cell}")
    return [*lines, "", ".. rst-class:: measured-on", "", _machine(result), ""]


def _figure(result: dict[str, Any], side: str, column: str) -> Any:
    places = (
        result["sides"][side],
        {name: cells.get(side) for name, cells in result["columns"].items()},
        notes if isinstance(notes := result["notes"].get(side), dict) else {},
    )
    name, _, factor = column.partition(" * ")
    for place in places:
        if name in place:
            value = place[name]
            return value * int(factor) if factor and value is not None else value
    raise KeyError(column)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:#.4g}" if abs(value) >= 90 else f"{value:#.3g}"


def _machine(result: dict[str, Any]) -> str:
    environment = result["environment"]
    return (
        f"Measured on {environment['date']}: {environment['cpu']}, "
        f"{environment['cores']} cores."
    )


class Measurements(SphinxDirective):
    """Show chosen figures of one benchmark."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {
        "side": directives.unchanged_required,
        "columns": directives.unchanged_required,
        "texts": directives.unchanged,
    }

    def run(self) -> list[Node]:
        """Read the file, and parse the table."""
        path = RESULTS / f"{self.arguments[0]}.json"
        self.env.note_dependency(str(path))
        columns = dict(
            map(str.strip, part.split(" = "))
            for part in self.options["columns"].split(";")
        )
        texts = [part.strip() for part in self.options.get("texts", "").split("|")]
        rows = []
        for line in filter(str.strip, self.content):
            name, *words = map(str.strip, line.split("|"))
            rows.append((name, words))
        try:
            lines = table_of(
                json.loads(path.read_text(encoding="utf-8")),
                rows,
                columns,
                self.options["side"],
                list(filter(None, texts)),
            )
        except (OSError, KeyError, ValueError) as error:
            raise self.error(f"measurements: {error!r} in {path.name}") from error
        return self.parse_text_to_nodes(StringList(lines, source=str(path)))


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the directive."""
    app.add_directive("measurements", Measurements)
    return {"parallel_read_safe": True}
