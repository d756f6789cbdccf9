"""The docs say what the program does.

``python -m tests.test_docs`` writes docs/commands.md and the manual page.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from tests.support.commands import every_command
from tests.support.manpage import manual
from tracker import __version__
from tracker.cli import COMMANDS, main
from tracker.settings import KEYS, load
from tracker.store.schema import migrations

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAGE = ROOT / "docs" / "commands.md"
MANUAL = ROOT / "share" / "man" / "man1" / "apptrack.1"


def page() -> str:
    parts = ["# Every command and option", "", "Written by `python -m tests.test_docs`.", ""]
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


def test_every_command_is_in_the_readme() -> None:
    for name in COMMANDS:
        assert f"apptrack {name}" in README, name


def lines_of_readme() -> list[str]:
    """Every line of a shell block that calls the program, and every call in running text."""
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    calls = [line[line.index("apptrack ") :] for line in lines if "apptrack " in line]
    return calls + re.findall(r"`(apptrack [^`]+)`", README)


def line_is_a_call(line: str) -> bool:
    return f"`{line}`" not in README


@pytest.mark.parametrize("line", lines_of_readme())
def test_every_call_in_the_readme_is_one_the_program_takes(line: str) -> None:
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


def test_the_settings_in_the_readme_are_settings(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    file = tmp_path / "apptrack.toml"
    file.write_text(block, "utf-8")
    load(file, env={})
    told = tomllib.loads(block)
    for key in KEYS:
        table, _, inner = key.rpartition(".")
        if table != "base":
            assert inner in (told[table] if table else told), f"{key} is not in the README"


def test_the_changelog_knows_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "## [Unreleased]" in text or f"## [{__version__}]" in text
    assert re.search(r"^### Added$", text, re.MULTILINE)


def test_the_architecture_names_every_room_and_table() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rooms = {
        path.name.removesuffix(".py")
        for path in (ROOT / "tracker").iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists())
        and not path.name.startswith("_")
    }
    for room in rooms:
        assert f"`{room}`" in text or f"`{room}/`" in text, room
    from sqlite_utils import Database

    db = Database(memory=True)
    migrations.apply(db)
    for name in [*db.table_names(), *db.view_names()]:
        if not name.startswith("_"):
            assert f"`{name}`" in text, name
    db.close()


def test_functions_named_in_the_architecture_are_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = re.findall(r"`tracker/([\w/]+\.py):(\w+)`", text)
    assert len(named) >= 8
    for file, name in named:
        source = (ROOT / "tracker" / file).read_text("utf-8")
        assert re.search(rf"^\s*(def|class) {name}\b", source, re.MULTILINE), f"{file}:{name}"


@pytest.mark.parametrize(
    "path", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")], ids=lambda path: path.name
)
def test_links_within_the_docs_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        assert re.match(r"https?://", target) or (path.parent / target).exists(), target


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
    MANUAL.parent.mkdir(parents=True, exist_ok=True)
    MANUAL.write_text(manual(), "utf-8")
