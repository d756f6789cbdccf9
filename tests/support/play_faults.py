"""The deliberate faults of ``tests/mutations.py`` in all that Google Play needs."""

from __future__ import annotations

from tests.support.analysis_faults import Fault

TESTS = ("tests/test_google_play.py", "tests/test_sources.py", "tests/test_ids.py")


def _parser(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/sources/google_play.py", old, new, why, TESTS)


PLAY_FAULTS = (
    _parser("len(frames) != 1", "not frames", "the first of two frames is read"),
    _parser(
        'if isinstance(frame, list) and frame[:2] == ["wrb.fr", _RPC]',
        'if isinstance(frame, list) and frame[:1] == ["wrb.fr"]',
        "the answer to another call is read",
    ),
    _parser('text.split("\\n")', "text.splitlines()", "a separator within a name ends the answer"),
    _parser(
        "if len(chart) != _CHART_LENGTH:",
        "if len(chart) < _CHART_LENGTH - 1:",
        "a chart of another shape is read",
    ),
    _parser(
        "    _check_identity(chart[_IDENTITY], payload.chart)\n",
        "",
        "any chart is read as the one asked for",
    ),
    _parser(
        'same("chart", names[0].decode().lower(), asked.lower())',
        'same("chart", names[0].decode().lower()[: len(asked)], asked.lower())',
        "casual games are read as all games",
    ),
    _parser(
        "if len(names) != 1:",
        "if not names:",
        "the first of two identities counts",
    ),
    _parser(
        "    if not isinstance(apps, list) or not apps:\n",
        "    if not isinstance(apps, list):\n",
        "an empty list is no longer refused by name",
    ),
    _parser("if len(charts) > 1:", "if False:", "a second chart is passed over"),
    _parser("if len(lists) > 1:", "if False:", "a second list of apps is passed over"),
    _parser("_FEWEST = 10", "_FEWEST = 9", "nine apps are a chart"),
    _parser("_FEWEST = 10", "_FEWEST = 11", "ten apps are refused"),
    _parser("    check_size(apps, DEPTH)\n", "", "more apps than asked for are read"),
    _parser(
        "if not isinstance(package, str) or not is_package(package):",
        "if not isinstance(package, str):",
        "an id of the App Store passes for a package",
    ),
    _parser(
        "    if name is None:\n"
        '        raise ParseError(f"rank {rank} (app {package}) has no name")\n',
        "",
        "an app without a name is read",
    ),
    _parser(
        "enumerate(details, 1)", "enumerate(filter(None, details), 1)", "a null row lifts the rest"
    ),
    _parser("clean(_element(app, 14))", "clean(_element(app, 13))", "the developer is lost"),
    _parser("currencies.most_common(1)[0][0]", "min(currencies)", "any currency is told"),
    _parser("_GATEWAY_ERROR in body", "False", "the store's own error is not tried again"),
    _parser('if not text.startswith(")]}\'"):', "if False:", "a body without the guard is read"),
    _parser("return chart.store == PLAY", "return True", "charts of the App Store are asked there"),
    _parser("gl={chart.storefront.upper()}", "gl=US", "every country is asked for as the US"),
    _parser("[20, DEPTH]", "[20, 100]", "half of a chart is asked for"),
    _parser("_RANKINGS[chart.ranking], PLAY", '"topselling_free", PLAY', "any ranking is top free"),
    _parser("    private=True,\n", "", "the endpoint is on by default"),
    Fault(
        "tracker/fetch/client.py",
        "            if target.form is not None:\n                with response:\n"
        "                    raise Failed(_blocked(response))\n",
        "",
        "a form is sent on to where a redirect leads",
        TESTS,
    ),
    Fault(
        "tracker/fetch/fetcher.py",
        '    if "#" in wanted.url:',
        "    if False:",
        "validators are sent with a form",
        TESTS,
    ),
    Fault(
        "tracker/fetch/timing.py",
        "max(self._spacing, 60.0 / own)",
        "self._spacing",
        "a source's own pace is not kept",
        TESTS,
    ),
    Fault(
        "tracker/queries/apps.py",
        "        and store_of_id(other.app_id) == store\n",
        "",
        "an equal name in the other store puts ids behind names",
        TESTS,
    ),
    Fault(
        "tracker/store/reading.py",
        "if store_of_id(str(app_id)) != store:",
        "if False:",
        "an app in the wrong store is not found",
        TESTS,
    ),
    Fault(
        "tracker/ids.py",
        "_LONGEST_PACKAGE = 150",
        "_LONGEST_PACKAGE = 200",
        "a package is longer than the store can hold",
        TESTS,
    ),
    Fault(
        "tracker/mcp/tools.py",
        "asked=database.apps(*names, store=on.store))",
        "asked=database.apps(*names))",
        "apps of the App Store are unranked on a chart of Google Play",
        TESTS[:1],
    ),
    Fault(
        "tracker/lookup.py",
        "[chart for chart in charts if chart.store == APP_STORE]",
        "list(charts)",
        "the App Store is asked for package names",
        TESTS[:1],
    ),
    Fault(
        "tracker/settings/__init__.py",
        "source.per_minute / self.shard.count",
        "source.per_minute",
        "each shard has the whole pace of Google Play",
        TESTS[:1],
    ),
)
