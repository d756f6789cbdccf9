"""A picture as one HTML file: everything within it, nothing loaded, names never markup."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import gcd
from typing import Any

from tracker.plot.columns import columns

#: Nothing may be loaded from anywhere; Vega compiles its expressions, hence 'unsafe-eval'.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:"
)
#: A screen less wide than this scrolls a landscape picture: smaller, its words could not be read.
_READABLE = 720
#: Fewer rows than this are not worth packing.
_MANY = 50
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="apptrack">
<title>{title}</title>
<style>
body {{ margin: 0; background: {background}; color: {ink}; font-family: {font}; }}
figure {{ margin: 0 auto; max-width: {width}px; overflow-x: auto; }}
#plot {{ min-width: {least}px; }}
#plot, #plot svg {{ display: block; width: 100%; height: auto; }}
#plot .vega-embed {{ display: block; padding: 0; }}
#plot svg {{ overflow: visible; }}
#vg-tooltip-element {{ font-family: {font}; }}
section {{ margin: 0 auto; padding: 0 28px 2rem; max-width: {width}px; box-sizing: border-box; }}
table {{ min-width: min(100%, 44rem); border-collapse: collapse; }}
table {{ font-size: 14px; font-variant-numeric: tabular-nums; }}
caption {{ text-align: left; padding: .5rem 0; }}
th, td {{ text-align: left; padding: .2rem 1.2rem .2rem 0; border-bottom: 1px solid {grid}; }}
thead th {{ position: sticky; top: 0; background: {background}; }}
tbody th {{ font-weight: normal; white-space: nowrap; }}
</style>
</head>
<body>
<figure role="img" aria-label="{description}"><div id="plot"></div></figure>
<noscript><p>{description}</p></noscript>
{table}
<script>{library}</script>
<script type="application/json" id="specification">{specification}</script>
<script>
const specification = JSON.parse(document.getElementById("specification").textContent);
const unpacked = told => {{
  if (told.words) return told.numbers.map(number => told.words[number]);
  if (told.count) return Array(told.count).fill(told.each);
  if (!told.steps) return told.all;
  let sum = told.first;
  return [sum, ...told.steps.map(step => sum += step * told.unit)];
}};
for (const [name, packed] of Object.entries(specification.datasets)) {{
  if (Array.isArray(packed)) continue;
  const columns = Object.entries(packed).map(([key, told]) => [key, unpacked(told)]);
  specification.datasets[name] = columns[0][1].map((_, row) =>
    Object.fromEntries(columns.map(([key, values]) => [key, values[row]])));
}}
// A concatenation cannot tell its own size in Vega-Lite.
const patch = vega => Object.assign(vega, specification.usermeta?.area);
vegaEmbed("#plot", specification, {{
  renderer: "svg", actions: false, patch, tooltip: {{ theme: "{theme}" }},
}}).then(made => {{ window.plot = made.view; }});
</script>
</body>
</html>
"""


def page(
    spec: Mapping[str, Any], library: str, *, title: str, size: tuple[float, float], table: str = ""
) -> str:
    """SPEC drawn by LIBRARY, SIZE points large at most; TABLE is HTML to stand beneath it."""
    config = spec.get("config", {})
    ground = spec.get("background", "#FFFFFF")
    dark = int(ground[1:3], 16) < 128
    return _PAGE.format(
        policy=_POLICY,
        title=html.escape(title),
        description=html.escape(spec.get("description", title)),
        background=ground,
        ink="#F1F2F4" if dark else "#16181D",
        grid="#3A404A" if dark else "#E4E6E9",
        width=round(size[0]),
        least=round(min(_READABLE, size[0])) if size[0] > 1.25 * size[1] else 0,
        font=config.get("font", "sans-serif"),
        theme="dark" if dark else "light",
        table=table,
        library=library,
        specification=inert(
            json.dumps(
                {**spec, "datasets": packed(spec.get("datasets", {}))},
                ensure_ascii=False,
                separators=(",", ":"),
            )
        ),
    )


def packed(datasets: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Long sets of rows by column, times as steps from the row before: a fifth of the size.

    ``{"t": {"first": 1737500000000, "unit": 3600000, "steps": [1, …]}, "r": {"all": [3, …]},
    "d": {"each": 0, "count": 720}, "app": {"words": ["DeepSeek", …], "numbers": [0, …]}}``
    """
    found = {name: None if len(rows) < _MANY else columns(rows) for name, rows in datasets.items()}
    return {
        name: {key: _column(key, values) for key, values in sorts.items()} if sorts else rows
        for (name, rows), sorts in zip(datasets.items(), found.values(), strict=True)
    }


def _column(key: str, values: list[Any]) -> dict[str, Any]:
    if key in ("t", "t2") and all(type(one) is int for one in values):
        steps = [b - a for a, b in pairwise(values)]
        unit = gcd(*steps) or 1
        return {"first": values[0], "unit": unit, "steps": [step // unit for step in steps]}
    if all(one is values[0] or one == values[0] for one in values):
        return {"each": values[0], "count": len(values)}
    if all(type(one) is str for one in values):
        numbers = {word: number for number, word in enumerate(dict.fromkeys(values))}
        return {"words": list(numbers), "numbers": [numbers[word] for word in values]}
    return {"all": values}


def inert(text: str) -> str:
    """JSON in which no name can end the script element or start a comment in it."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
