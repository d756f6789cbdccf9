"""The docs say what the program does; ``python -m tests.test_docs`` writes commands.md anew."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tracker import __version__
from tracker.cli import COMMANDS, main
from tracker.settings import KEYS, load
from tracker.store.schema import migrations

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAGE = ROOT / "docs" / "commands.md"


def every_command() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Each command with its subcommands, by its full name."""
    top = click.Context(main, info_name="apptrack", **main.context_settings)
    yield "apptrack", main, top
    for name in COMMANDS:
        command = main.get_command(top, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=top)
        yield f"apptrack {name}", command, context
        if isinstance(command, click.Group):
            for inner, sub in command.commands.items():
                yield (
                    f"apptrack {name} {inner}",
                    sub,
                    click.Context(sub, info_name=inner, parent=context),
                )


def page() -> str:
    parts = ["# Every command and option", "", "Written by `python -m tests.test_docs`.", ""]
    for name, command, context in every_command():
        context.max_content_width = 90
        context.terminal_width = 90
        parts += [f"## {name}", "", "```", command.get_help(context).rstrip(), "```", ""]
    return "\n".join(parts)


def test_the_page_of_commands_is_what_the_program_says() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.test_docs"


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
