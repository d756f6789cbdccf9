"""The house: every arrow points down, and each library stays in its room."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tracker.cli import COMMANDS

ROOT = Path(__file__).parents[1] / "tracker"

#: The rooms, floor by floor from the ground. A room may import rooms of lower floors only.
FLOORS = (
    ("errors",),
    ("stores",),
    ("storefronts", "ids", "results"),
    ("model",),
    ("sources", "catalog", "analysis", "store"),
    ("words", "dates"),
    ("queries", "exports", "held"),
    ("settings", "loopback", "verify", "imports", "reparse", "status"),
    ("fetch", "logs", "metrics"),
    ("collect", "lookup", "evidence", "notify", "merge", "backfill", "parquet"),
    ("daemon", "alerts"),
    ("report",),
    ("plot",),
    ("picture",),
    ("demo", "service", "api"),
    ("passes",),
    ("pages",),
    ("browse", "mcp", "publish", "scale"),
    ("commands",),
    ("cli",),
    ("__main__", "__init__"),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

#: The modules within ``plot``, likewise; its ``__init__`` is its face, above all of them.
PLOT_FLOORS = (
    ("theme", "typeset", "ticks", "thin", "png", "bundle"),
    ("glyphs", "rows"),
    ("callouts", "view", "packing"),
    ("layers",),
    ("compose", "table"),
    ("curve",),
    ("bump", "facet", "heatmap", "terminal"),
    ("page",),
    ("save",),
)
PLOT_FLOOR = {room: number for number, rooms in enumerate(PLOT_FLOORS) for room in rooms}

#: Which rooms may import a package that is not of the standard library.
PACKAGES = {
    "click": {"cli", "commands"},
    "requests": {"fetch", "notify"},
    "urllib3": {"fetch"},
    "bs4": {"sources"},
    "apscheduler": {"daemon"},
    "sqlite_utils": {"store"},
    "zstandard": {"store"},
    "altair": {"plot", "picture"},
    "pandas": {"results"},
    "polars": {"results"},
    "pyarrow": {"parquet"},
    "duckdb": {"scale"},
    "pyspark": {"scale"},
    "py4j": {"scale"},
    "vl_convert": {"plot"},
    "mcp": {"mcp"},
    "rich": {"commands"},
    "uvicorn": {"browse"},
    "datasette": {"browse"},
    "jinja2": {"pages"},
    "markupsafe": {"browse"},
    "apprise": {"notify"},
    "openpyxl": {"exports"},
    "plotille": {"plot"},
    "prometheus_client": {"metrics"},
}
STORE_ONLY = {"sqlite3"}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> tuple[str, ...]:
    """The modules a file imports, wherever in it."""
    return tuple(imports_in(path))


def imports_in(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


FILES = sorted(ROOT.rglob("*.py"))


def every_import() -> Iterator[tuple[Path, str, str]]:
    """Each import as its file, the room that is in, and the module that is imported."""
    for path in FILES:
        yield from ((path.relative_to(ROOT), room_of(path), name) for name in imports(path))


def test_every_room_has_a_floor() -> None:
    assert {room_of(path) for path in FILES} == set(FLOOR)


def test_arrows_point_down() -> None:
    for path, room, name in every_import():
        parts = name.split(".")
        if parts[0] != "tracker" or len(parts) < 2 or parts[1] not in FLOOR:
            continue
        assert parts[1] == room or FLOOR[parts[1]] < FLOOR[room], f"{path} imports {name}: up"


def test_arrows_within_plot_point_down_too() -> None:
    within = {path: path.relative_to(ROOT / "plot").parts[0].removesuffix(".py")
              for path in FILES if room_of(path) == "plot"}  # fmt: skip
    assert set(within.values()) == {*PLOT_FLOOR, "__init__"}
    for path, room in within.items():
        inner = {name.split(".")[2] for name in imports(path) if name.startswith("tracker.plot.")}
        for other in inner & set(PLOT_FLOOR) if room in PLOT_FLOOR else ():
            assert other == room or PLOT_FLOOR[other] < PLOT_FLOOR[room], f"{path}: up to {other}"


def module_of(path: Path) -> str:
    parts = ("tracker", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_file_leads_back_to_itself() -> None:
    """Imports within a function count too: what comes late is no less of a circle.

    A room's own ``__init__`` is its face, and stands for none of its files.
    """
    faces = {module_of(path) for path in FILES if path.name == "__init__.py"}
    files = {module_of(path): set(imports(path)) - faces for path in FILES}
    try:
        TopologicalSorter(files).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_a_command_is_a_file_of_its_name() -> None:
    files = {path.stem.rstrip("_") for path in (ROOT / "commands").glob("*.py")}
    assert files - set(COMMANDS) == {
        "__init", "completion", "context", "options", "output", "pictures", "progress",
    }  # fmt: skip
    assert set(COMMANDS) <= files


#: The share of the lines of functions in ``commands`` that may be logic; it was 0.31.
LOGIC = 0.08

#: The names through which a command prints.
PRINTS = re.compile("click|log|say|notify|table|_?print.*")


def logic_in(tree: ast.Module) -> tuple[int, int]:
    """The lines of functions and classes, and of those that touch neither click nor printing.

    A function that an option or an argument names (a type, a callback, a completion) counts as part
    of it.
    """
    units = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    named = {
        inner.id
        for node in tree.body
        if not isinstance(node, ast.FunctionDef | ast.ClassDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name)
    }
    lines = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in units}
    logic = [
        node.name
        for node in units
        if node.name not in named
        and not any(
            isinstance(inner, ast.Name) and PRINTS.fullmatch(inner.id) for inner in ast.walk(node)
        )
    ]
    return sum(lines.values()), sum(lines[name] for name in logic)


def test_commands_read_options_make_a_call_and_print() -> None:
    trees = map(tree_of, (ROOT / "commands").glob("*.py"))
    lines, logic = map(sum, zip(*map(logic_in, trees), strict=True))
    assert logic <= LOGIC * lines, f"{logic} of {lines} lines"


def test_logic_is_distinguished_from_printing() -> None:
    tree = ast.parse("def a():\n    click.echo(1)\n\ndef b():\n    return 1\n\nx = c(d)")
    assert logic_in(tree) == (4, 2)


#: Public methods of named tuples, whatever their names.
NAMED_TUPLE = {"_replace", "_asdict", "_fields", "_make"}


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in NAMED_TUPLE


def private_imports(tree: ast.Module) -> Iterator[str]:
    """The private names of other modules of ours that TREE imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tracker"):
            yield from (
                f"{node.module}.{alias.name}"
                for alias in node.names
                if private(alias.name) or any(map(private, (node.module or "").split(".")))
            )


def private_attributes(tree: ast.Module) -> Iterator[str]:
    """The private attributes that TREE uses of something other than ``self``, ``cls`` or
    ``super()``, and does not define itself.
    """
    own = {node.name for node in ast.walk(tree)
           if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}  # fmt: skip
    own |= {node.attr for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}  # fmt: skip
    own |= {node.target.id for node in ast.walk(tree)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and private(node.attr) and node.attr not in own:
            of = node.value
            if isinstance(of, ast.Name) and of.id in ("self", "cls"):
                continue
            if isinstance(of, ast.Call) and isinstance(of.func, ast.Name) and of.func.id == "super":
                continue
            yield f"{ast.unparse(of)}.{node.attr}"


def test_no_private_name_of_another_module_is_imported_or_used() -> None:
    for path in FILES:
        names = [*private_imports(tree_of(path)), *private_attributes(tree_of(path))]
        assert not names, f"{path.relative_to(ROOT)} uses {', '.join(names)}"


def test_a_private_name_is_found_where_another_module_uses_it() -> None:
    text = "from tracker.store.reading import _rows\nreader._row(sql)\nself._mine\n"
    assert list(private_imports(ast.parse(text))) == ["tracker.store.reading._rows"]
    assert list(private_attributes(ast.parse(text))) == ["reader._row"]


def test_libraries_stay_in_their_rooms() -> None:
    for path, room, name in every_import():
        package = name.split(".")[0]
        if package == "tracker" or (package in sys.stdlib_module_names and package != "sqlite3"):
            continue
        allowed = {"store"} if package in STORE_ONLY else PACKAGES.get(package, set())
        assert room in allowed, f"{path} imports {package}"


def test_model_and_errors_know_the_standard_library_only() -> None:
    for path in (*(ROOT / "model").glob("*.py"), ROOT / "errors.py"):
        for module in imports(path):
            assert module.split(".")[0] in {*sys.stdlib_module_names, "tracker"}


def test_every_finding_of_the_security_rules_that_is_let_pass_has_a_reason() -> None:
    for path in FILES:
        for line in path.read_text("utf-8").splitlines():
            if re.search(r"# noqa: S\d", line):
                assert re.search(r"# noqa: S\d+ - \w", line), f"{path}: {line}"
