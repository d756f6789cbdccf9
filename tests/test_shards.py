"""Charts dealt to several collectors: every chart to one, and the pace divided."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from tests.support.shop import apptrack
from tracker.cli import main
from tracker.errors import SettingsError
from tracker.model import Chart
from tracker.settings import FetchSettings, load
from tracker.settings.shards import Shard
from tracker.storefronts import expand_storefronts

FILE = Path("apptrack.toml")
WORLD = [
    Chart.parse(f"{front}/iphone/top-free/{genre}")
    for front in expand_storefronts(["all"])
    for genre in ("apps", "finance")
]


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_every_chart_is_read_by_one_collector_and_a_storefront_stays_together(count: int) -> None:
    shards = [Shard(number, count) for number in range(1, count + 1)]
    for chart in WORLD:
        assert sum(shard.has(chart) for shard in shards) == 1
        twin = Chart.parse(f"{chart.storefront}/ipad/top-paid/games")
        assert [shard.has(chart) for shard in shards] == [shard.has(twin) for shard in shards]
    sizes = [sum(map(shard.has, WORLD)) for shard in shards]
    assert min(sizes) > len(WORLD) / count / 2


def test_the_settings_have_the_shards_charts_and_its_share_of_the_pace() -> None:
    text = 'charts = ["*/iphone/top-free/apps"]\nstorefronts = ["all"]\nshard = "{}/4"\n'
    dealt: list[Chart] = []
    for number in range(1, 5):
        FILE.write_text(text.format(number))
        settings = load(env={})
        assert settings.fetch.per_minute == FetchSettings().per_minute / 4
        dealt += settings.charts
    assert sorted(dealt) == sorted(chart for chart in WORLD if chart.genre == "apps")
    FILE.write_text(text.format(1) + "[fetch]\nper_minute = 7\n")
    assert load(env={}).fetch.per_minute == 7
    assert load(env={"APPTRACK_SHARD": "2/4"}).charts != load(env={}).charts


@pytest.mark.parametrize(
    "value", ['"0/5"', '"6/5"', '"2/0"', '"2/x"', '"2"', "2", '"-1/5"', '"2/5/1"']
)
def test_a_bad_shard_is_refused_by_key(value: str) -> None:
    FILE.write_text(f"shard = {value}\n")
    with pytest.raises(SettingsError, match=r"apptrack.toml: shard: Invalid shard .*write '2/5'"):
        load(env={})
    said = apptrack("config", "check")
    assert said.returncode == 1


def test_a_shard_without_a_chart_is_refused() -> None:
    FILE.write_text('charts = ["us/iphone/top-free/apps"]\nshard = "2/5"\n')
    front = Chart.parse("us/iphone/top-free/apps")
    number = next(candidate for candidate in range(1, 6) if not Shard(candidate, 5).has(front))
    FILE.write_text(f'charts = ["us/iphone/top-free/apps"]\nshard = "{number}/5"\n')
    with pytest.raises(SettingsError, match="has none of the 1 charts: use fewer shards"):
        load(env={})
    assert apptrack("config", "check").returncode == 1
    planned = apptrack("config", "check", "--world")
    assert planned.returncode == 0
    assert "warning: apptrack.toml: shard:" in planned.stdout
    assert "one pass reads 0 charts of shard" in planned.stdout
    assert "the whole world: " in planned.stdout


def test_the_plan_of_a_whole_world() -> None:
    FILE.write_text('charts = ["*/iphone/top-free/apps"]\nstorefronts = ["all"]\nshard = "1/2"\n')
    said = apptrack("config", "check", "--world")
    assert said.returncode == 0
    assert "of shard 1/2 with" in said.stdout
    assert "the whole world: " in said.stdout
    assert "more machines are not faster" in said.stdout
    plan = json.loads(apptrack("config", "check", "--world", "--json").stdout)["world"]
    FILE.unlink()
    alone = json.loads(apptrack("config", "check", "--world", "--json").stdout)["world"]
    assert plan == alone  # machines share the pace
    assert plan["storefronts"] == len(expand_storefronts(["all"]))
    assert plan["seconds"] == pytest.approx(plan["charts"] * 3)
    assert plan["charts"] % plan["storefronts"] == 0


DEPLOY = Path(__file__).parents[1] / "deploy"


def test_the_units_and_the_compose_file_run_shards_that_are_whole() -> None:
    unit = (DEPLOY / "apptrack@.service").read_text("utf-8")
    single = (DEPLOY / "apptrack.service").read_text("utf-8")
    assert unit.partition("UMask")[2] == single.partition("UMask")[2]  # the same restrictions
    assert "Environment=APPTRACK_SHARD=%I APPTRACK_DB=shards/%i.db\n" in unit
    compose = (DEPLOY / "compose.yaml").read_text("utf-8")
    shards = [Shard(*map(int, pair)) for pair in re.findall(r'SHARD: "(\d)/(\d)"', compose)]
    assert all(sum(shard.has(chart) for shard in shards) == 1 for chart in WORLD)
    for text in (compose, (DEPLOY / "apptrack-merge.service").read_text("utf-8")):
        for call in re.findall(r"apptrack ((?:merge|export) .*?)'?$", text, re.MULTILINE):
            _, name, *args = ["apptrack", *shlex.split(call)]
            command = main.get_command(click.Context(main), name)
            assert command is not None
            command.make_context(name, args)
