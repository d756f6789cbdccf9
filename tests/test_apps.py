"""apps add and remove: the list in apptrack.toml, and no other line of it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.shop import CHART, Shop, apptrack, ranked
from tracker.errors import SettingsError
from tracker.loopback.server import LoopbackStore
from tracker.model import App
from tracker.settings import load
from tracker.settings.editing import add_app, remove_app
from tracker.settings.writing import Choices, new_settings

FILE = Path("apptrack.toml")
COMMENTED = """\
# mine, do not touch
every = "2h"   # calm

  # my own
[[apps]]
alias = "mine" # the best
id = 7
name = "Mine # not a comment"

# the other one
[[ apps ]]
id = "8"
alias = "other"
name = "Other"
# of nobody

[fetch]  # politely
retries = 1
"""


def write(text: str) -> None:
    FILE.write_bytes(text.encode())


def read() -> str:
    return FILE.read_bytes().decode()


def test_an_assistant_is_added_after_the_last_app_and_no_other_line_changes() -> None:
    write(COMMENTED)
    done = apptrack("apps", "add", "deepseek")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "apptrack.toml: added deepseek, DeepSeek (6737597349)\n"
    table = (
        '[[apps]]\nalias = "deepseek"\nid = "6737597349"\nname = "DeepSeek"\ncolour = "#3b5bfd"\n'
    )
    assert read() == COMMENTED.replace('name = "Other"\n', f'name = "Other"\n\n{table}')
    done = apptrack("apps", "remove", "6737597349")
    assert done.stdout == "apptrack.toml: removed deepseek, DeepSeek (6737597349)\n"
    assert load(env={}).apps == (
        App("7", "Mine # not a comment", "mine"),
        App("8", "Other", "other"),
    )
    for line in COMMENTED.splitlines():
        assert line in read()


def test_what_is_removed_is_one_table_and_its_comments_outside_stay() -> None:
    write(COMMENTED)
    assert apptrack("apps", "remove", "MINE").returncode == 0
    assert read() == COMMENTED.replace(
        '[[apps]]\nalias = "mine" # the best\nid = 7\nname = "Mine # not a comment"\n', "", 1
    )
    assert apptrack("apps", "remove", "8").returncode == 0
    assert load(env={}).apps == ()
    assert {"# the other one", "# of nobody", "  # my own"} <= set(read().splitlines())
    done = apptrack("apps", "remove", "8")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "apptrack: apptrack.toml: no app '8' in the list; it is empty\n"


def test_an_app_of_the_database_is_added_by_name_or_id() -> None:
    write("db = 'x.db'\n")
    with LoopbackStore(Shop({CHART: ranked(77, 78)})) as store:
        apptrack("collect", CHART, base=store.base)
    assert apptrack("apps", "add", "Filler 77").returncode == 0
    assert apptrack("apps", "add", "78", "--alias", "second", "--colour", "#112233").returncode == 0
    assert load(env={}).apps == (
        App("77", "Filler 77", "filler-77"), App("78", "Filler 78", "second", "#112233"),
    )  # fmt: skip
    assert read().startswith("db = 'x.db'\n\n[[apps]]\n")


def test_without_a_file_one_is_made_with_the_app_alone() -> None:
    done = apptrack("apps", "add", "999", "--name", "Plain Calculator: Pro")
    assert done.returncode == 0
    assert read() == (
        '[[apps]]\nalias = "plain-calculator-pro"\nid = "999"\nname = "Plain Calculator: Pro"\n'
    )


def test_in_a_file_of_init_the_app_stands_with_the_others() -> None:
    for choices in (Choices(), Choices(apps=(App("7", "Mine", "mine"),))):
        text = new_settings(choices)
        write(text)
        assert apptrack("apps", "add", "kimi").returncode == 0
        table, rest = read().index('alias = "kimi"'), read().index("# What is reported")
        assert text.index("# The apps you watch") < table < rest
        assert apptrack("config", "check").returncode == 0
        assert apptrack("apps", "remove", "kimi").returncode == 0
        assert tomllib.loads(read()) == tomllib.loads(text)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (
            ["add", "7", "--name", "x"],
            2,
            "7 is in the list as 'mine'; run 'apptrack apps remove mine",
        ),
        (
            ["add", "9", "--name", "x", "--alias", "other"],
            2,
            "'other' is the alias of Other (8); choose",
        ),
        (["add", "9", "--name", "x", "--alias", "claude"], 2, "'claude' is the alias of Claude by"),
        (["add", "9", "--name", "Claude"], 2, "'claude' is the alias of Claude by"),
        (["add", "9"], 1, "no name is known of 9: give one with --name"),
        (
            ["add", "9", "--name", "豆包"],
            2,
            "no alias can be made of the name '豆包'; choose one with",
        ),
        (
            ["add", "9", "--name", "x", "--alias", "A b"],
            2,
            "Invalid alias 'A b': use small letters",
        ),
        (
            ["add", "9", "--name", "x", "--colour", "red"],
            2,
            "Invalid colour 'red': use one such as",
        ),
        (["add", "com.example-x", "--name", "x"], 1, "no app is called 'com.example-x'"),
        (["add", "com.example.x"], 1, "no name is known of com.example.x"),
        (["add", "depseek"], 1, "did you mean deepseek?"),
        (["remove", "claude"], 1, "no app 'claude' in the list; it has mine, other"),
    ],
)
def test_what_clashes_or_is_wrong_is_a_line_and_the_file_stays(
    args: list[str], code: int, words: str
) -> None:
    write(COMMENTED)
    done = apptrack("apps", *args)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert words in done.stderr
    assert read() == COMMENTED


def test_an_app_that_a_rule_names_is_not_removed() -> None:
    rule = "\n[[alerts]]\nrule = 'peak'\napp = '%s'\n"
    write(COMMENTED + rule % "mine")
    done = apptrack("apps", "remove", "mine")
    assert (done.returncode, read()) == (2, COMMENTED + rule % "mine")
    assert "alerts: table 1 names 'mine'; remove that rule first" in done.stderr
    # an assistant of the catalogue stays known by its alias
    write(COMMENTED + rule % "kimi")
    assert apptrack("apps", "add", "kimi").returncode == 0
    assert apptrack("apps", "remove", "kimi").returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        "apps = [{alias = 'a', id = 7, name = 'A'}]\n",
        "[[apps]]\nalias = 'a'\nid = 7\nname = '''\nA\n[[apps]]\n'''\n",
    ],
)
def test_a_list_written_in_a_way_that_is_not_understood_is_left_alone(text: str) -> None:
    write(text)
    for args in (["add", "9", "--name", "x", "--alias", "b"], ["remove", "a"]):
        done = apptrack("apps", *args)
        if read() != text:  # it was understood after all: then nothing else may have changed
            assert args[0] == "add"
            assert [app.alias for app in load(env={}).apps] == ["a", "b"]
            write(text)
            continue
        assert done.returncode == 2
        assert "edit it by hand" in done.stderr


def test_a_file_with_faults_is_left_alone_and_the_environment_wins_over_it() -> None:
    write("evry = 1\n")
    done = apptrack("apps", "add", "kimi")
    assert (done.returncode, read()) == (2, "evry = 1\n")
    assert "evry: unknown setting; did you mean 'every'?" in done.stderr
    done = apptrack("apps", "add", "kimi", APPTRACK_APPS="[]")
    assert (done.returncode, read()) == (2, "evry = 1\n")
    assert "APPTRACK_APPS is set and wins over the file" in done.stderr


def test_a_table_with_several_ids_is_removed_as_one() -> None:
    several = COMMENTED.replace("id = 7", "id = [7, 70]")
    write(several)
    done = apptrack("apps", "remove", "70")
    assert (done.returncode, read()) == (1, several)
    assert "70 is one of several ids of 'mine': remove mine" in done.stderr
    assert apptrack("apps", "remove", "other").returncode == 0
    assert [app.app_id for app in load(env={}).apps] == ["7", "70"]
    write(several)
    done = apptrack("apps", "remove", "mine")
    assert done.stdout == "apptrack.toml: removed mine, Mine # not a comment (7, 70)\n"
    assert [app.app_id for app in load(env={}).apps] == ["8"]
    doubled = COMMENTED.replace('"other"', '"mine"')
    write(doubled)
    done = apptrack("apps", "remove", "mine")
    assert (done.returncode, read()) == (1, doubled)
    assert "'mine' stands in 2 tables (7, 8): name one by its id" in done.stderr
    assert apptrack("apps", "remove", "8").returncode == 0
    assert [app.app_id for app in load(env={}).apps] == ["7"]


def test_line_ends_and_the_mark_of_windows_stay() -> None:
    write("\ufeff" + COMMENTED.replace("\n", "\r\n"))
    apptrack("apps", "add", "kimi")
    assert read().count("\n") == read().count("\r\n") == COMMENTED.count("\n") + 6
    apptrack("apps", "remove", "other")
    assert [app.alias for app in load(env={}).apps] == ["mine", "kimi"]
    assert read().startswith("\ufeff# mine, do not touch\r\n")


def test_own_apps_are_listed_first_and_once() -> None:
    write(COMMENTED)
    apptrack("apps", "add", "kimi")
    rows = json.loads(apptrack("apps", "--json").stdout)
    assert [row["alias"] for row in rows[:4]] == ["mine", "other", "kimi", "chatgpt"]
    assert rows[2]["evidence"] == "your settings, several sources"
    assert rows[2]["google_play"] == "com.moonshot.kimichat"
    ids = [row["app_id"] for row in rows]
    assert len(ids) == len(set(ids))
    assert re.search(r"mine +Mine # not a comment +7 +your settings", apptrack("apps").stdout)


#: Pieces that a file may be made of, each whole; the tables of apps are among them, apart.
_BEFORE = st.sampled_from(["", "# a\n", "every = '2h'\n", "\n\n", "jitter = '1s' # [[apps]]\n"])
_AFTER = st.sampled_from(
    ["", "# b\n", "[fetch]\nretries = 1\n", "\n", "[base]\n# c\n", "#[[apps]]\n"]
)
_APP = st.sampled_from(["[[apps]]\n", "[[apps]] # d\n", "\n[[apps]]\n# e\n"])


@given(st.data())
def test_adding_and_removing_leaves_everything_else(data: st.DataObject) -> None:
    count = data.draw(st.integers(0, 3))
    apps = [
        data.draw(_APP)
        + f"id = {number}\nalias = 'a{number}'\nname = 'A'\n"
        + data.draw(st.sampled_from(["", "# f\n", "\n"]))
        for number in range(1, count + 1)
    ]
    text = data.draw(_BEFORE) + "".join(apps) + data.draw(_AFTER)
    write(text)
    before: dict[str, Any] = tomllib.loads(text)
    add_app(FILE, App("99", "New", "new"))
    assert tomllib.loads(read()) == {
        **before, "apps": [*before.get("apps", []), {"alias": "new", "id": "99", "name": "New"}],
    }  # fmt: skip
    assert [line for line in read().splitlines() if line.startswith("#")] == [
        line for line in text.splitlines() if line.startswith("#")
    ]
    remove_app(FILE, "new")
    assert tomllib.loads(read()) == before
    if count:
        remove_app(FILE, "a1")
        left = tomllib.loads(read())
        assert left.get("apps", []) == before["apps"][1:]
        assert {**left, "apps": 0} == {**before, "apps": 0}
    else:
        with pytest.raises(SettingsError, match="alias"):
            add_app(FILE, App("98", "New", "claude"))
