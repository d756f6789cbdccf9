"""The docs say what the program does.

``python -m tests.test_docs`` writes docs/commands.md, the manual page, the picture of the README
and what follows each ``$ apptrack`` in a ``console`` block.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import pytest
from click.testing import CliRunner
from PIL import Image

from tests.nightly import BY_NAME, TRIALS
from tests.support.commands import every_command
from tests.support.manpage import manual
from tests.support.terminal import on_terminal
from tracker import __version__
from tracker.cli import COMMANDS, main
from tracker.settings import KEYS, load
from tracker.store.schema import migrations

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted(ROOT.glob("docs/*.md"))]
DOCS = "\n".join(path.read_text("utf-8") for path in PAGES)
ARCHITECTURE = "\n".join(
    (ROOT / name).read_text("utf-8") for name in ("ARCHITECTURE.md", "docs/internals.md")
)
SAMPLE = ROOT / "data" / "sample"
PICTURE = ROOT / "docs" / "overtake.png"
#: Drawn without the fonts of this machine, as of one day.
DRAWN = {"SOURCE_DATE_EPOCH": "1785542400"}
PAGE = ROOT / "docs" / "commands.md"
MANUAL = ROOT / "share" / "man" / "man1" / "apptrack.1"


#: The options of a table.
TABLE = {"--json", "--csv", "--sort", "--limit", "--quiet"}
#: Commands that print JSON and no table, and what they print.
NO_TABLE = {
    "apptrack import": "a line for each file",
    "apptrack merge": "a line for each database",
    "apptrack backfill plan": "what it planned",
    "apptrack backfill run": "what it read",
    "apptrack export parquet": "what it wrote",
    "apptrack cite": "a sentence, with the responses that show it",
    "apptrack config check": "faults, or the requests of a pass",
}


def options(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}


def tables() -> list[str]:
    """What the options of tables mean, and which commands have them."""
    having = [f"`{name}`" for name, command, _ in every_command() if options(command) >= TABLE]
    without = [f"`{name}` ({what})" for name, what in NO_TABLE.items()]
    text = (
        "## Tables",
        "`--json` prints a list of objects, ids as text and times in UTC; `--csv` the same with a "
        "column for each key, and what has parts of its own as JSON. `--sort COLUMN` takes a key "
        "of `--json`, `-COLUMN` the other way; what has no value comes last. `--limit N` prints N "
        "rows at most, `--quiet` the table without heading and remarks.",
        f"These commands have all five: {', '.join(having)}.",
        "`--json` of `apptrack top`, `apptrack movers` and `apptrack standings` has an object for "
        "each chart, with the rows in `apps`; of `apptrack status` and `apptrack backfill status` "
        "it is one object, with the rows in it; of `apptrack stats` for one app on one chart it is "
        "that app's object.",
        f"These have `--json` and no table: {', '.join(without)}.",
        "`apptrack export` writes series, charts and overtakes as files.",
    )
    return [line for part in text for line in (*textwrap.wrap(part, 110), "")]


def test_a_command_with_json_has_the_options_of_a_table_or_says_why_not() -> None:
    for name, command, _ in every_command():
        given = options(command) & TABLE
        assert given in (set(), TABLE) or (given == {"--json"} and name in NO_TABLE), name
    assert NO_TABLE.keys() <= {name for name, *_ in every_command()}


def page() -> str:
    parts = ["# Every command and option", "", "Written by `python -m tests.test_docs`.", ""]
    parts += tables()
    for name, command, context in every_command():
        context.max_content_width = 90
        context.terminal_width = 90
        parts += [f"## {name}", "", "```", command.get_help(context).rstrip(), "```", ""]
    return "\n".join(parts)


def test_the_page_of_commands_is_what_the_program_says() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.test_docs"


def test_the_manual_is_what_the_program_says() -> None:
    assert MANUAL.read_text("utf-8") == manual(), "run: python -m tests.test_docs"


def test_the_manual_has_every_command_and_option_and_is_installed() -> None:
    text = MANUAL.read_text("utf-8")
    for name, command, context in every_command():
        heading = name.replace("-", r"\-")
        assert name == "apptrack" or f'.SS "{heading}"' in text, name
        for parameter in command.get_params(context):
            for option in parameter.opts if isinstance(parameter, click.Option) else ():
                assert option.replace("-", r"\-") in text, f"{name} {option}"
    installed = f"share/man/man1 = {MANUAL.relative_to(ROOT)}"
    assert installed in (ROOT / "setup.cfg").read_text("utf-8")


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_the_manual_is_set_without_a_warning() -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-rLL=100n", MANUAL],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    plain = re.sub(r"\x1b\[[\d;]*m|.\x08", "", done.stdout)
    assert "apptrack overtakes [OPTIONS] APP APP..." in plain
    assert "--status" in plain


def test_every_command_is_in_the_docs() -> None:
    written = DOCS.replace(PAGE.read_text("utf-8"), "")
    for name in COMMANDS:
        assert f"apptrack {name}" in written, name


def calls(text: str) -> list[str]:
    """Every call of the program in a shell or console block, and in running text."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    lines += re.findall(r"^\$ (apptrack .*)$", text, re.MULTILINE)
    result = [
        line[line.index("apptrack ") :].partition(" | ")[0] for line in lines if "apptrack " in line
    ]
    return result + re.findall(r"`(apptrack [^`]+)`", text)


def line_is_a_call(line: str) -> bool:
    return f"`{line}`" not in DOCS


@pytest.mark.parametrize("line", sorted(set(calls(DOCS))))
def test_every_call_in_the_docs_is_one_the_program_takes(line: str) -> None:
    _, name, *args = shlex.split(line)
    command = main.get_command(click.Context(main), name)
    assert command is not None, line
    if not args and not line_is_a_call(line):
        return  # the command's name alone, in running text
    command.make_context(name, args, ignore_unknown_options=False)


def test_that_check_would_see_an_option_that_is_not_there() -> None:
    command = main.get_command(click.Context(main), "stats")
    assert command is not None
    with pytest.raises(click.UsageError):
        command.make_context("stats", ["deepseek", "--jsn"])


def test_the_settings_in_the_docs_are_settings(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    file = tmp_path / "apptrack.toml"
    file.write_text(block, "utf-8")
    load(file, env={})
    values = tomllib.loads(block)
    for key in KEYS:
        table, _, inner = key.rpartition(".")
        if table != "base":
            assert inner in (values[table] if table else values), f"{key} is not in the docs"


def test_the_changelog_knows_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "## [Unreleased]" in text or f"## [{__version__}]" in text
    assert re.search(r"^### Added$", text, re.MULTILINE)


def test_the_architecture_names_every_room_and_table() -> None:
    rooms = {
        path.name.removesuffix(".py")
        for path in (ROOT / "tracker").iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists())
        and not path.name.startswith("_")
    }
    for room in rooms:
        assert f"`{room}`" in ARCHITECTURE or f"`{room}/`" in ARCHITECTURE, room
    from sqlite_utils import Database

    db = Database(memory=True)
    migrations.apply(db)
    for name in [*db.table_names(), *db.view_names()]:
        if not name.startswith("_"):
            assert f"`{name}`" in ARCHITECTURE, name
    db.close()


def test_functions_named_in_the_architecture_are_there() -> None:
    named = re.findall(r"`tracker/([\w/]+\.py):(\w+)`", ARCHITECTURE)
    assert len(named) >= 8
    for file, name in named:
        source = (ROOT / "tracker" / file).read_text("utf-8")
        assert re.search(rf"^\s*(def|class) {name}\b", source, re.MULTILINE), f"{file}:{name}"


@pytest.mark.parametrize(
    "path",
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/**/README.md")],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_links_within_the_docs_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        assert re.match(r"https?://", target) or (path.parent / target).exists(), target


@pytest.mark.parametrize("name", ["security.md", "faults.md", "internals.md"])
def test_tests_named_in_the_docs_are_there_and_each_hostile_thing_has_one(name: str) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    for test in re.findall(r"`(tests/\w+\.py)`", text):
        assert (ROOT / test).is_file(), test
    trials = set(re.findall(r"nightly (?:`([\w-]+)`|([\w-]+)`)", text))
    assert {word for pair in trials for word in pair if word} <= {*TRIALS, *BY_NAME}
    if name == "faults.md":
        assert set(TRIALS) <= set(re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE))
    if name == "security.md":
        rows = re.findall(r"^\| .* \|$", text, re.MULTILINE)[2:]
        assert all("`tests/" in row.rpartition("|")[0].rpartition(" | ")[2] for row in rows)


def test_headings_that_links_name_are_there() -> None:
    for path in PAGES:
        for target, heading in re.findall(r"\]\(([^)#]*)#([^)]+)\)", path.read_text("utf-8")):
            text = (path.parent / target if target else path).read_text("utf-8")
            titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
            assert heading in anchors, f"{path.name}: {target}#{heading}"


def test_the_front_page_and_the_architecture_are_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) < 120
    assert len((ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines()) < 120


def test_each_page_is_linked_on_the_front_page() -> None:
    linked = re.findall(r"\]\(([^)#]+)", README.read_text("utf-8"))
    for path in PAGES[1:]:
        assert path.relative_to(ROOT).as_posix() in linked, path.name


@contextlib.contextmanager
def sample(folder: Path) -> Iterator[None]:
    """The sample's folder, copied to FOLDER and imported, is the working folder."""
    for path in SAMPLE.iterdir():
        if path.suffix in {".toml", ".gz"}:
            shutil.copy(path, folder)
    with contextlib.chdir(folder):
        done = CliRunner().invoke(main, ["import", *map(str, Path().glob("*.csv.gz"))])
        assert done.exit_code == 0, done.output
        yield


def printed(call: str, *, terminal: bool = False) -> str:
    """What CALL, ``apptrack … | head -n N``, prints to stdout or on a TERMINAL of 100 columns.

    Without trailing spaces and empty ends.
    """
    command, _, head = call.partition(" | head -n ")
    args = shlex.split(command)[1:]
    if terminal:
        lines = on_terminal(100, *args)
    else:
        done = CliRunner().invoke(main, args)
        assert done.exit_code == 0, f"{call}: {done.output}"
        lines = done.stdout.splitlines()
    return "\n".join(line.rstrip() for line in lines[: int(head) if head else None]).strip("\n")


def with_output(text: str) -> str:
    """TEXT with the output of each ``console`` block, and of each ``terminal`` block, again."""

    def again(match: re.Match[str]) -> str:
        kind, call = match[1], match[2]
        return f"```{kind}\n$ {call}\n{printed(call, terminal=kind == 'terminal')}\n```"

    return re.sub(r"```(console|terminal)\n\$ (apptrack .*)\n[^`]*```", again, text)


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial.md"])
def test_the_output_in_the_docs_is_what_the_program_prints(name: str, tmp_path: Path) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "```console" in text
    with sample(tmp_path):
        assert with_output(text) == text, "run: python -m tests.test_docs"


def test_the_quick_start_does_what_it_says(tmp_path: Path) -> None:
    (block,) = re.findall(r"```sh\n(\. .venv.*?)```", README.read_text("utf-8"), re.DOTALL)
    with sample(tmp_path):
        for line in block.splitlines()[1:]:
            printed(line)
        assert [path.name for path in Path("charts").iterdir()] == ["rakuten-pay-paypay.html"]


def draw_picture(file: Path) -> None:
    """Draw the picture of the README to FILE by the README's own command, without this
    machine's fonts."""
    (call,) = re.findall(
        r"^apptrack (chart .* -o overtake\.png)$", README.read_text("utf-8"), re.MULTILINE
    )
    fonts = file.with_suffix(".conf")
    empty = file.with_suffix(".fonts")
    empty.mkdir()
    fonts.write_text(f"<fontconfig><dir>{empty}</dir></fontconfig>", "utf-8")
    environment = os.environ | DRAWN | {"FONTCONFIG_FILE": str(fonts)}
    subprocess.run(
        [sys.executable, "-m", "tracker", *shlex.split(call)[:-1], str(file)],
        env=environment, check=True, capture_output=True,
    )  # fmt: skip


def few_colours(file: Path) -> Image.Image:
    """FILE as it is committed: 256 are enough for flat colours."""
    with Image.open(file) as picture:
        return picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)


#: Words that a reader stumbles over, and what to write.
UNCLEAR = {
    r"look(s|ed|ing)?(?! (it )?up)": "snapshot, check, see",
    r"(?<!too early to )tell(s|ing)?|told": "report, show, include",
    r"reckon(s|ed|ing)?": "compute",
    r"kept": "stored",
    r"(?<!nested too )deep(er|est|ly)?": "top N",
    r"mend(s|ed|ing)?": "fix",
    r"nobody": "no data",
    r"what came|bytes that came": "the response",
    r"is no (time|chart|storefront|app|file|folder|number|rank)": "is not a",
}


def prose(text: str) -> str:
    """TEXT without code, addresses of links, and what the program prints."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`]*`|\]\([^)]*\)", "", text)


def unclear(text: str) -> list[str]:
    return [
        f"{match[0]!r}: write {better}"
        for pattern, better in UNCLEAR.items()
        for match in re.finditer(rf"\b({pattern})\b", prose(text), re.IGNORECASE)
    ]


@pytest.mark.parametrize(
    "path",
    [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md"],
    ids=lambda path: path.name,
)
def test_the_docs_are_in_plain_english(path: Path) -> None:
    assert unclear(path.read_text("utf-8")) == []


SOURCES = sorted((ROOT / "tracker").rglob("*.py"))


@cache
def tree_of(source: str) -> ast.Module:
    return ast.parse(source)


SQL = re.compile(r"\b(SELECT|INSERT|CREATE|UPDATE|DELETE)\b")


def sentences(source: str) -> str:
    """The docstrings, comments and messages in SOURCE, without names in double backticks.

    A message is any other text of two words or more that is not SQL.
    """
    texts = [
        node.value
        for node in ast.walk(tree_of(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    text = "\n".join([text for text in texts if " " in text and not SQL.search(text)] + comments)
    return re.sub(r"``[^`]*``", "", text)


#: Names of variables, arguments and functions that do not say what they hold.
UNCLEAR_NAMES = {"told", "one", "found", "drawn", "placed", "look"}


def names_in(source: str) -> set[str]:
    """The names of variables, arguments, functions and classes that SOURCE gives."""
    names = set()
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return {name.strip("_").lower() for name in names}


def test_names_say_what_they_hold() -> None:
    for path in SOURCES:
        unclear_names = names_in(path.read_text("utf-8")) & UNCLEAR_NAMES
        assert not unclear_names, f"{path.relative_to(ROOT)}: {unclear_names}"
    assert names_in("def _told(one): (found := 1)\nfor look in x: pass") >= UNCLEAR_NAMES - {
        "drawn", "placed",
    }  # fmt: skip


def test_tests_are_named_in_plain_english() -> None:
    for path in ROOT.glob("tests/*.py"):
        for name in re.findall(r"^def (test_\w+)\(", path.read_text("utf-8"), re.MULTILINE):
            assert unclear(name.replace("_", " ")) == [], f"{path.name}: {name}"


def test_docstrings_comments_and_messages_are_in_plain_english() -> None:
    for path in SOURCES:
        words = unclear(sentences(path.read_text("utf-8")))
        assert words == [], f"{path.relative_to(ROOT)}: {words}"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('def told(looks):\n    """Read ``looks``."""\n    return looks  # kept\n', ["kept"]),
        ('raise E(f"{name} is no chart: nobody looked it up")\n', ["nobody", "is no chart"]),
        ('"too early to tell", "SELECT looks FROM blocks", "told"\n', []),
    ],
)
def test_an_unclear_word_is_found_in_a_comment_and_a_message_but_not_in_a_name(
    source: str, words: list[str]
) -> None:
    assert [line.split("'")[1] for line in unclear(sentences(source))] == words


#: Words that help once used for guarantees and that a reader stops at.
HELP_WORDS = r"\b(?:never (?:claims|tells|takes|calls|draws|fills)|receipts?|stood|anybody)\b"


def test_the_help_of_every_command_is_in_plain_english() -> None:
    text = PAGE.read_text("utf-8").replace("```", "")
    assert unclear(text) == []
    assert re.findall(HELP_WORDS, text, re.IGNORECASE) == []


def test_no_line_of_a_list_of_commands_is_cut_on_a_terminal_of_80_columns() -> None:
    for name, command, context in every_command():
        context.terminal_width = 80
        assert "..." not in command.get_help(context).partition("Commands:")[2], name


def test_an_unclear_word_is_found_but_not_in_code() -> None:
    assert unclear("The newest look tells that nobody looked.\n") == [
        "'look': write snapshot, check, see", "'looked': write snapshot, check, see",
        "'tells': write report, show, include", "'nobody': write no data",
    ]  # fmt: skip
    assert unclear("`look`, a lookup\n```\ntold\n```\n[x](told.md)\n") == []


def write_all() -> None:
    PAGE.write_text(page(), "utf-8")
    MANUAL.parent.mkdir(parents=True, exist_ok=True)
    MANUAL.write_text(manual(), "utf-8")
    with TemporaryDirectory() as name, sample(Path(name)):
        for path in PAGES:
            path.write_text(with_output(path.read_text("utf-8")), "utf-8")
        file = Path(name) / "again.png"
        draw_picture(file)
        few_colours(file).save(PICTURE, optimize=True)


if __name__ == "__main__":
    write_all()
