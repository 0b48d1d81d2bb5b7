"""Which module imports which: downwards, in no circle, and nobody's private names."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import skdigits

SOURCE = Path(skdigits.__file__).parent
# Packages from the bottom to the top. Below them all are skdigits/__init__.py and what
# begins with an underscore directly in skdigits/.
LEVELS = (
    {"augmentation", "datasets", "neural_network", "preprocessing"},
    {"inspection", "model_selection", "persistence", "reading"},
    {"app", "report"},
    {"__main__", "_commands", "cli"},
)


@dataclass(frozen=True)
class Import:
    """A name of skdigits that a module imports, be it within a function."""

    module: str
    name: str
    for_types: bool

    def __str__(self):
        return f"{self.module} imports {self.name}"


@cache
def modules():
    """Return the files of all modules, by name."""
    files = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        files[name.removesuffix(".__init__")] = path
    return files


def names_imported_by(node):
    """Return the names that a statement imports, or a call of ``import_module``."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"relative: {ast.unparse(node)}"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "import_module":
        return [node.args[0].value] if isinstance(node.args[0], ast.Constant) else []
    return []


def nodes_for_types(tree):
    """Return the nodes below ``if TYPE_CHECKING``."""
    return {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
        for statement in branch.body
        for node in ast.walk(statement)
    }


@cache
def imports():
    """Return all imports of skdigits within skdigits."""
    found = []
    for module, path in modules().items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for_types = nodes_for_types(tree)
        for node in ast.walk(tree):
            for name in names_imported_by(node):
                if name.split(".")[0] == "skdigits":
                    found.append(Import(module, name, node in for_types))
    return found


def module_of(name):
    """Return the module that a name is, or belongs to."""
    while name not in modules():
        name = name.rpartition(".")[0]
    return name


def package_of(name):
    """Return the package that a name is in, which may be itself."""
    module = module_of(name)
    return module if modules()[module].stem == "__init__" else module.rpartition(".")[0]


def is_within(name, package):
    return f"{name}.".startswith(f"{package}.")


def top(name):
    """Return the part of a name behind "skdigits.", up to the next point."""
    return name.split(".")[1] if "." in name else "__init__"


def level(name):
    """Return how far up a module stands; 0 is the base."""
    for height, names in enumerate(LEVELS, 1):
        if top(name) in names:
            return height
    assert top(name).startswith("_"), f"{name} has no level"
    return 0


def is_private_elsewhere(one):
    """Whether a name is private to a package beside the one that imports it.

    Modules may reach into the packages that they are in, and into those within theirs;
    of the modules directly in skdigits/, only cli, into the commands.
    """
    importer = package_of(one.module)
    if one.module == "skdigits.cli":
        importer = "skdigits._commands"
    elif importer == "skdigits":
        importer = one.module
    parts = one.name.split(".")
    for length, part in enumerate(parts):
        if re.match("_(?!_)", part):
            owner = package_of(".".join(parts[:length]))
            if not is_within(importer, owner) and not is_within(owner, importer):
                return True
    return False


def graph_of_packages():
    """Return what each name directly in skdigits/ imports of the others."""
    graph = {top(module): set() for module in modules()}
    for one in imports():
        if top(one.module) != top(module_of(one.name)):
            graph[top(one.module)].add(top(module_of(one.name)))
    return graph


def picture():
    """Draw the levels from the top, and what each package imports."""
    graph = graph_of_packages()
    lines = []
    for height in range(len(LEVELS), -1, -1):
        lines.append(f"level {height}")
        for name in sorted(graph):
            if level(f"skdigits.{name}") == height:
                lines.append(f"    {name} -> {', '.join(sorted(graph[name])) or '-'}")
    return "\n".join(lines)


def fail_if(faults):
    """Tell of faults, with the picture."""
    if faults:
        pytest.fail("\n".join([*faults, "", picture()]), pytrace=False)


def circles(graph):
    """Return a circle in a list, or none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [f"circle: {' <- '.join(error.args[1])}"]
    return []


def test_modules_and_imports_are_found():
    """The tests below would pass if none were."""
    assert len(modules()) > 140
    assert len(imports()) > 400
    packages = set().union(*LEVELS[:-1])
    assert packages == set(skdigits._SUBPACKAGES)


def test_no_import_points_upwards():
    fail_if(
        [
            f"upwards: {one}"
            for one in imports()
            if level(module_of(one.name)) > level(one.module)
        ]
    )


def test_no_circle_of_packages():
    fail_if(circles(graph_of_packages()))


def test_no_circle_of_modules():
    """Not even one that an import within a function hides."""
    graph = {}
    for one in imports():
        if not one.for_types:
            graph.setdefault(one.module, set()).add(module_of(one.name))
    fail_if(circles(graph))


def test_private_names_stay_in_their_package():
    fail_if([f"private: {one}" for one in imports() if is_private_elsewhere(one)])


def test_the_formats_of_files_know_nothing_of_each_other():
    package = "skdigits.persistence"
    fail_if(
        [
            f"of the other half: {one}"
            for one in imports()
            for here, there in (("skops", "onnx"), ("onnx", "skops"))
            if one.module.startswith(f"{package}.{here}.")
            and one.name.startswith(f"{package}.{there}")
        ]
    )


# Where private names of scikit-learn are imported, so that one place follows a change.
PRIVATE_NAMES = ("_sklearn.py", "persistence/skops/_compiled/")


def test_private_names_of_sklearn_are_imported_in_one_place():
    for path in modules().values():
        if path.relative_to(SOURCE).as_posix().startswith(PRIVATE_NAMES):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in names_imported_by(node):
                assert not re.match(r"sklearn\..*\b_", name), f"{path}: {name}"
