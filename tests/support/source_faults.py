"""The deliberate faults of ``tests/mutations.py`` in the sources, file by file."""

from __future__ import annotations

from tests.support.analysis_faults import Fault

CASES = ("tests/test_sources.py",)
LOOKUPS = ("tests/test_lookup.py",)
PAGES = ("tests/test_formats.py", "tests/test_sources.py")


def _page(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/sources/web_embedded.py", old, new, why, CASES)


def _markup(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/sources/web_markup.py", old, new, why, CASES)


def _legacy(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/sources/itunes_rss.py", old, new, why, CASES)


def _derived(old: str, new: str, why: str) -> Fault:
    return Fault("tracker/sources/itunes_derived.py", old, new, why, CASES)


SOURCE_FAULTS = (
    _page(
        'wanted = [row for row in rows if at(row, "chart") == chart.ranking]',
        "wanted = rows[:1]",
        "the first segment of a page is read as any ranking",
    ),
    _page(
        'named = check_address(canonical, chart, "the page\'s canonicalURL")',
        "named = True",
        "a page of another device or storefront is read",
    ),
    _page(
        '            same("genre", str(genre), page_genre(chart))\n',
        "            pass\n",
        "a page whose own genre is another one is read",
    ),
    _page(
        "    _no_kids(page)\n",
        "",
        "the kids' chart passes for that of everyone",
    ),
    _page(
        "    _no_kids(part)\n",
        "",
        "the kids' chart on a hub passes for that of everyone",
    ),
    _page(
        'wanted = [row for row in rows if str(at(row, "genreId")) == page_genre(chart)]',
        "wanted = rows[:1]",
        "the first chart of a hub is read as any genre",
    ),
    _page(
        "if ordinal is not None and explicit_rank(ordinal, rank) != rank:",
        "if False:",
        "a row that is missing lifts everyone below",
    ),
    _page(
        "if ordinal is not None and explicit_rank",
        "if explicit_rank",
        "a page without ordinals is refused",
    ),
    _page(
        "    for rank, row in enumerate(rest, len(items) + 1):\n",
        "    for rank, row in enumerate([], len(items) + 1):\n",
        "ranks below those that are drawn are lost",
    ),
    _page(
        '_KINDS = ("apps", "app-bundles")',
        '_KINDS = ("apps",)',
        "a bundle among the rest is not an entry",
    ),
    _page(
        "    if match and match[2] != number:\n",
        "    if False:\n",
        "a row's id and its link may differ",
    ),
    _page(
        "    if match and match[1]:\n",
        "    if False:\n",
        "a row of another storefront is read",
    ),
    _page(
        '    if match:\n        same("storefront", match[1], chart.storefront)\n    return Entry',
        "    return Entry",
        "the rest of another storefront is read",
    ),
    _page(
        '    if platform:\n        same("device", platform[1], chart.device)\n',
        "",
        "a row of another device is read",
    ),
    _page(
        "    if not isinstance(rows, list):\n        raise ParseError(f\"the page's '{key}'",
        "    if not isinstance(rows, list):\n        return []\n"
        "        raise ParseError(f\"the page's '{key}'",
        "the rest in an unknown shape is left out without a word",
    ),
    _page("if len(pages) != 1:", "if not pages:", "the first of two pages is taken"),
    Fault(
        "tracker/sources/web_charts.py",
        "        return read_embedded(content, chart)\n",
        "        try:\n            return read_embedded(content, chart)\n"
        "        except ParseError:\n            pass\n",
        "a page that is refused is read from its markup",
        CASES,
    ),
    Fault(
        "tracker/sources/web_charts.py",
        "        remark=reading.remark,\n",
        "",
        "nobody is told that the markup alone was read",
        CASES,
    ),
    Fault(
        "tracker/sources/web_page.py",
        "/app(?:-bundle)?/",
        "/app/",
        "a bundle's link is not understood",
        CASES,
    ),
    Fault(
        "tracker/sources/web_page.py",
        "            if not closed:\n                raise",
        "            if not closed:\n                return None\n                raise",
        "a page cut inside its script is read from its markup",
        CASES,
    ),
    _markup(
        "    if not addressed and not _canonical_names(page, chart):\n",
        "    if False:\n",
        "a saved page's markup is of any genre and ranking",
    ),
    _markup(
        '            if platform:\n                same("device", platform[1], chart.device)\n',
        "",
        "the markup of another device is read",
    ),
    _derived("if genre != _GAMES:", "if True:", "games stay in the derived chart"),
    _derived(
        "replace(entry, rank=len(left) + 1)",
        "entry",
        "the derived chart has the ranks of the chart of all genres",
    ),
    _derived(
        "        if genre is None:\n            raise",
        "        if genre is None:\n            continue\n            raise",
        "an app without a genre is left out of the derived chart",
    ),
    _legacy(
        "    if unknown:\n        raise ParseError(f\"feed.entry is missing, and '",
        "    if unknown and False:\n        raise ParseError(f\"feed.entry is missing, and '",
        "rows under another name are an empty chart",
    ),
    _legacy(
        "    if _published_at(feed) is None:\n",
        "    if False:\n",
        "a broken feed is an empty chart",
    ),
    _legacy(
        'if chart.device == "mac":',
        "if False:",
        "feeds of the Mac are asked for that do not exist",
    ),
    Fault(
        "tracker/sources/parsing.py",
        '            raise EmptyChart(f"{name}: {empty}") from None\n',
        '            raise ParseError(f"{name}: {empty}") from None\n',
        "an empty chart is a failure",
        CASES,
    ),
    Fault(
        "tracker/store/lookups.py",
        "if name[0] in wanted]",
        "]",
        "names of apps that nobody asked for are stored",
        LOOKUPS,
    ),
    Fault(
        "tracker/store/lookups.py",
        "WHERE store_id = ?1 AND name IS NULL",
        "WHERE store_id = ?1 AND name = ''",
        "names that were looked up are not stored",
        LOOKUPS,
    ),
    Fault(
        "tracker/lookup.py",
        "batches[:CALLS]",
        "batches",
        "a pass asks for names without end",
        LOOKUPS,
    ),
)
