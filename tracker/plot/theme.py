"""Themes, sizes, and one colour for each app: its own where that is distinct, else a palette's.

Colours are ``#rrggbb``. Distances are measured in OKLab, where equal steps appear
equal, as seen by eyes with all three kinds of cones, and by those that lack one of them.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tracker.errors import InvalidValue
from tracker.model import App

#: Okabe and Ito's palette without its yellow and black, then five of Paul Tol's muted one: made
#: for eyes that confuse colours, in an order that keeps neighbours apart.
PALETTE = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#332288", "#E69F00",
    "#56B4E9", "#882255", "#117733", "#999933", "#44AA99", "#AA4499",
)  # fmt: skip
#: Apps without a colour of their own begin with one of so many: the same in every picture.
FIRST = 2
#: Two colours nearer than this in OKLab are one colour to a hurried eye.
ALIKE = 0.09
#: Two colours farther apart than this are clearly two.
CLEAR = 0.25
#: What a distance counts as where a kind of cones is missing: the rarer, the more, for names stand
#: beside every line.
_LENIENCE: Mapping[str, float] = {"protan": 1.5, "deutan": 1.5, "tritan": 3}
#: The contrast that WCAG 2.2 asks of graphics, and of words.
CONTRAST, OF_WORDS = 3.0, 4.5

_Three = tuple[float, float, float]
#: What is seen without long, middle or short cones: Machado, Oliveira and Fernandes, 2009.
BLINDNESS: Mapping[str, tuple[_Three, _Three, _Three]] = {
    "protan": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of everything but apps."""

    background: str
    ink: str
    quiet: str  # secondary text
    grid: str
    shade: str  # times without data
    lane: str  # the lane of the unranked
    context: str  # other apps of the chart
    veil: float  # opacity of the band of an overtake
    contrast: float  # of lines to the background, at least


THEMES: Mapping[str, Theme] = {
    "light": Theme(
        "#FFFFFF", "#16181D", "#5F656E", "#E4E6E9", "#ECEEF1", "#F6F7F8", "#AEB4BD", 0.16,
        CONTRAST,
    ),
    "dark": Theme(
        "#14171C", "#F1F2F4", "#A3AAB4", "#2A2F37", "#252B33", "#1A1E24", "#68717D", 0.26,
        OF_WORDS,
    ),
}  # fmt: skip


def theme_named(name: str) -> Theme:
    """The theme called NAME, else InvalidValue."""
    if str(name) not in THEMES:
        raise InvalidValue(f"Invalid theme '{name}': use {' or '.join(THEMES)}")
    return THEMES[name]


def colours_of(apps: Sequence[App], theme: Theme) -> list[str]:
    """One colour for each of APPS, in their order: its own unless an earlier one is like it.

    One without gets one by its id, so that it has the same in most pictures; where that is like
    another's, the first of the palette that is clearly not, or else the farthest from all.
    """
    palette = [readable(colour, theme, theme.contrast) for colour in PALETTE]
    chosen: dict[int, str] = {}
    for number, app in enumerate(apps):
        if app.colour and re.fullmatch(r"#[0-9A-Fa-f]{6}", app.colour):
            own = readable(app.colour, theme, theme.contrast)
            if _apart(own, chosen.values()) > ALIKE:
                chosen[number] = own
    others = (number for number in range(len(apps)) if number not in chosen)
    for number in sorted(others, key=lambda number: apps[number].app_id):
        taken = list(chosen.values())
        usual = palette[zlib.crc32(apps[number].app_id.encode()) % FIRST]
        clear = (colour for colour in (usual, *palette) if _apart(colour, taken) > CLEAR)
        farthest = max(palette, key=lambda colour: _apart(colour, taken))
        chosen[number] = next(clear, farthest)
    return [chosen[number] for number in range(len(apps))]


def _apart(colour: str, others: Iterable[str]) -> float:
    """How far COLOUR is from the nearest of OTHERS, to the eye that sees the least difference."""
    return min((_least(colour, other) for other in others), default=1.0)


def _least(a: str, b: str) -> float:
    blind = (distance(a, b, kind) * counts for kind, counts in _LENIENCE.items())
    return min(distance(a, b), *blind)


def readable(colour: str, theme: Theme, least: float = CONTRAST) -> str:
    """COLOUR, moved towards the theme's ink until its contrast to the background is LEAST."""
    for step in range(21):
        mixed = _mix(colour, theme.ink, step / 20)
        if contrast(mixed, theme.background) >= least:
            return mixed
    return theme.ink


@cache
def text_on(colour: str) -> str:
    """Black or white, whichever reads better on COLOUR."""
    return max(("#FFFFFF", "#16181D"), key=lambda ink: contrast(ink, colour))


def contrast(a: str, b: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def distance(a: str, b: str, blindness: str | None = None) -> float:
    """How far apart two colours appear to an eye with BLINDNESS; black and white are 1 apart."""
    pairs = zip(_oklab(a, blindness), _oklab(b, blindness), strict=True)
    return float(sum((p - q) ** 2 for p, q in pairs) ** 0.5)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(a: str, b: str, share: float) -> str:
    pairs = zip(_channels(a), _channels(b), strict=True)
    return "#" + "".join(f"{round(p + (q - p) * share):02X}" for p, q in pairs)


def _linear(colour: str) -> _Three:
    """Light itself, 0 to 1: sRGB without its gamma."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in _channels(colour))
    )
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _seen(colour: str, blindness: str | None) -> Iterable[float]:
    light = _linear(colour)
    if blindness is None:
        return light
    rows = BLINDNESS[blindness]
    return (max(0.0, sum(p * q for p, q in zip(row, light, strict=True))) for row in rows)


@cache
def _oklab(colour: str, blindness: str | None) -> _Three:
    """Björn Ottosson's OKLab: lightness, green to red, blue to yellow."""
    red, green, blue = _seen(colour, blindness)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


#: Whatever a machine has of these; the first three are metrically near each other.
FONT = "Helvetica Neue, Helvetica, Arial, Liberation Sans, Noto Sans, sans-serif"
#: Before these where a text is in Chinese, Japanese or Korean: a renderer's own fallback may have
#: serifs.
EAST_ASIAN = "Hiragino Sans, Noto Sans CJK JP, Noto Sans JP, PingFang SC, Microsoft YaHei"
SMALL, SMALL_LINE = 12, 16  # the smallest type and its line, in points
SIZES = {"wide": (1200, 675), "square": (1080, 1080), "story": (1080, 1920)}
SMALLEST, LARGEST = 320, 3840
#: The sheets that type is made for, in points: a landscape picture's sides, and the shorter side
#: of any other, which is shown on a phone.
_LANDSCAPE, _PHONE, _TALL = (1200, 675), 480, 1.25


def font_for(texts: Iterable[str]) -> str:
    """The font families for TEXTS."""
    wide = any(
        unicodedata.east_asian_width(letter) in "WF" and ord(letter) < 0x1F000
        for text in texts
        for letter in text
    )
    return f"{EAST_ASIAN}, {FONT}" if wide else FONT


def parse_size(text: str) -> tuple[int, int]:
    """``wide``, ``square``, ``story`` or ``1600x900``: width and height in pixels."""
    if text in SIZES:
        return SIZES[text]
    sides = re.fullmatch(r"(\d{1,6})x(\d{1,6})", text, re.ASCII)
    if not sides:
        raise InvalidValue(
            f"Invalid size '{text}': use {', '.join(SIZES)}, or width and height as 1600x900"
        )
    return checked_size((int(sides[1]), int(sides[2])))


def checked_size(size: tuple[int, int]) -> tuple[int, int]:
    """SIZE; ``InvalidValue`` where a side is out of bounds."""
    if not all(side in range(SMALLEST, LARGEST + 1) for side in size):  # NaN compares as neither
        raise InvalidValue(
            f"Invalid size {size[0]}x{size[1]}: use {SMALLEST}x{SMALLEST} to {LARGEST}x{LARGEST}"
        )
    return size


def zoom_of(size: tuple[int, int]) -> float:
    """Pixels per point, 1 or more: a picture for a phone has larger type."""
    wide, high = size
    if wide / high >= _TALL:
        return max(1.0, min(wide / _LANDSCAPE[0], high / _LANDSCAPE[1]))
    return max(1.0, min(size) / _PHONE)
