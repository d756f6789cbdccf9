"""A picture as one HTML file: everything within it, nothing loaded, names never markup."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from tracker.plot.style.colours import THEMES
from tracker.plot.style.size import LEGIBLE, SMALL

#: Nothing may be loaded from anywhere; Vega compiles its expressions, hence 'unsafe-eval'.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:"
)
#: A screen less wide than this scrolls a landscape picture that has no other sheet: smaller, its
#: words could not be read.
_READABLE = 720
#: A narrow sheet is magnified so many times at most, in a window that is too wide for it.
_MAGNIFIED = 1.3
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
/* A finger scrolls the page up and down; sideways it selects. */
#plot svg {{ overflow: visible; touch-action: pan-y pinch-zoom; }}
body #vg-tooltip-element.vg-tooltip {{
  font: 12px/1.4 {font}; background: {card}; color: {ink}; border: 1px solid {edge};
}}
body #vg-tooltip-element.vg-tooltip td.key {{ color: {quiet}; }}
@media (pointer: coarse), (max-width: 600px) {{
  /* At the foot of the screen, where no finger is in the way. */
  body #vg-tooltip-element.vg-tooltip {{
    top: auto !important; left: 8px !important; bottom: 8px;
    max-width: calc(100vw - 16px); box-sizing: border-box; font-size: 13px;
  }}
  body #vg-tooltip-element.vg-tooltip td.value {{ max-width: calc(100vw - 10rem); }}
}}
section {{ margin: 0 auto; padding: 0 28px 2rem; max-width: {width}px; box-sizing: border-box; }}
section table {{
  min-width: min(100%, 44rem); border-collapse: collapse;
  font-size: 14px; font-variant-numeric: tabular-nums;
}}
caption {{ text-align: left; padding: .5rem 0; }}
section th, section td {{
  text-align: left; padding: .2rem 1.2rem .2rem 0; border-bottom: 1px solid {grid};
}}
thead th {{ position: sticky; top: 0; background: {background}; }}
tbody th {{ font-weight: normal; white-space: nowrap; }}
@media (max-width: 600px) {{
  section {{ padding: 0 16px 2rem; overflow-x: auto; }}
  section th, section td {{ padding-right: .8rem; font-size: 13px; }}
}}
@media print {{
  body {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
  figure {{ break-inside: avoid; overflow: visible; }}
  #plot {{ min-width: 0; }}
  #vg-tooltip-element {{ display: none; }}
}}
</style>
</head>
<body>
<figure role="img" aria-label="{description}"><div id="plot"></div></figure>
<noscript><p>{description}</p></noscript>
{table}
<script>{library}</script>
<script type="application/json" id="sheets">{sheets}</script>
<script>
const sheets = JSON.parse(document.getElementById("sheets").textContent);
const first = sheets[0].specification.datasets;
const unpacked = (told, same) => {{
  if (told === "same") return unpacked(same);
  if (told.words) return told.numbers.map(number => told.words[number]);
  if (told.runs) return told.runs.flatMap((value, place, all) =>
    place % 2 ? [] : Array(all[place + 1]).fill(value));
  if (told.count) return Array(told.count).fill(told.each);
  if (!told.steps) return told.all;
  let sum = told.first;
  return [sum, ...told.steps.map(step => sum += step * told.unit)];
}};
// Always new ones, since Vega keeps its own marks on the rows it is given.
const rows = (packed, name) => {{
  if (packed === "same") return rows(first[name]);
  if (Array.isArray(packed)) return packed.map(row => ({{ ...row }}));
  const columns = Object.entries(packed).map(
    ([key, told]) => [key, unpacked(told, first[name]?.[key])]);
  return columns[0][1].map((_, row) =>
    Object.fromEntries(columns.map(([key, values]) => [key, values[row]])));
}};
let shown, drawn;
const draw = async () => {{
  const sheet = sheets.find(one => one.from <= document.documentElement.clientWidth);
  if (sheet === shown) return;
  shown = sheet;
  const told = sheet.specification, place = document.createElement("div");
  const datasets = Object.fromEntries(
    Object.entries(told.datasets).map(([name, packed]) => [name, rows(packed, name)]));
  // The time that was selected on another sheet stays selected.
  const params = told.params?.map(one => {{
    if (one.value?.steps) return {{ ...one, value: unpacked(one.value) }};
    const times = drawn && one.select?.type === "interval" && drawn.view.signal(one.name).t;
    return times ? {{ ...one, value: {{ x: times }} }} : one;
  }}) ?? [];
  const patch = vega => {{
    // A concatenation cannot tell its own size in Vega-Lite.
    Object.assign(vega, told.usermeta?.area);
    // Vega takes a place on the screen for one on the sheet, which may be magnified.
    const {{ left, right }} = vega.padding, whole = left + vega.width + right;
    const x = `((x() + ${{left}}) * ${{whole}} / containerSize()[0] - ${{left}} - x() + x(unit))`;
    for (const group of vega.marks.filter(one => one.signals)) {{
      group.signals = JSON.parse(JSON.stringify(group.signals).replaceAll("x(unit)", x));
    }}
    return vega;
  }};
  const made = await vegaEmbed(place, {{ ...told, params, datasets }}, {{
    renderer: "svg", actions: false, patch, tooltip: {{ theme: "{theme}" }},
  }});
  if (sheet !== shown) return void made.finalize();
  drawn?.finalize();
  drawn = made;
  document.querySelector("figure").style.maxWidth = `${{sheet.most}}px`;
  document.getElementById("plot").replaceChildren(place);
  window.plot = made.view;
}};
draw();
addEventListener("resize", draw);
// A finger rests nowhere: what it taps is told until the next touch, as if a mouse stayed there.
let tapped;
const move = (types, {{ clientX, clientY }}) => types.forEach(type =>
  tapped?.dispatchEvent(new PointerEvent(type, {{ clientX, clientY, bubbles: true }})));
const leave = event => {{
  move(["pointerout", "mouseout"], event);
  tapped = undefined;
}};
document.getElementById("plot").addEventListener("click", event => {{
  if (event.pointerType === "mouse") return;
  tapped = event.target;
  move(["pointerover", "pointermove"], event);
}});
addEventListener("pointerdown", leave, true);
// A drag that became a scroll of the page tells and selects nothing more.
addEventListener("pointercancel", event => {{
  tapped = event.target;
  leave(event);
  dispatchEvent(new PointerEvent("pointerup"));
}});
</script>
</body>
</html>
"""


def page(
    specs: Sequence[Mapping[str, Any]],
    library: str,
    *,
    title: str,
    sizes: Sequence[tuple[float, float]],
    table: str = "",
) -> str:
    """SPECS drawn by LIBRARY: one picture on several sheets, widest first, of which one is shown.

    Their rows are packed; SIZES are those of the sheets, in points; TABLE is HTML to stand beneath.
    """
    spec, (wide, high) = specs[0], sizes[0]
    config = spec.get("config", {})
    ground = spec.get("background", "#FFFFFF")
    name = "dark" if int(ground[1:3], 16) < 128 else "light"
    theme = THEMES[name]
    scrolled = len(specs) == 1 and wide > 1.25 * high
    return _PAGE.format(
        policy=_POLICY,
        title=html.escape(title),
        description=html.escape(spec.get("description", title)),
        background=ground,
        ink=theme.ink,
        quiet=theme.quiet,
        card=theme.lane,
        edge=theme.context,
        grid=theme.grid,
        width=round(wide),
        least=round(min(_READABLE, wide)) if scrolled else 0,
        font=config.get("font", "sans-serif"),
        theme=name,
        table=table,
        library=library,
        sheets=inert(json.dumps(_sheets(specs, sizes), ensure_ascii=False, separators=(",", ":"))),
    )


def _sheets(
    specs: Sequence[Mapping[str, Any]], sizes: Sequence[tuple[float, float]]
) -> list[dict[str, Any]]:
    """Each sheet with the width of the window ``from`` which it is shown, and its own at ``most``.

    The widest is shown whose smallest type can be read there, and the last where none can.
    """
    return [
        {
            "from": 0 if number == len(specs) - 1 else math.ceil(wide * LEGIBLE / SMALL),
            "most": round(wide * (_MAGNIFIED if number else 1)),
            "specification": spec,
        }
        for number, (spec, (wide, _)) in enumerate(zip(specs, sizes, strict=True))
    ]


def inert(text: str) -> str:
    """JSON in which no name can end the script element or start a comment in it."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
