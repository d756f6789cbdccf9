"""The storefronts of each store: codes, short English names, and named groups of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from tracker.errors import InvalidValue
from tracker.stores import APP_STORE, IN_SENTENCE, PLAY

#: The storefronts of the App Store; no two have one name.
NAMES = {
    "ae": "United Arab Emirates", "af": "Afghanistan", "ag": "Antigua and Barbuda",
    "ai": "Anguilla", "al": "Albania", "am": "Armenia", "ao": "Angola", "ar": "Argentina",
    "at": "Austria", "au": "Australia", "az": "Azerbaijan", "ba": "Bosnia and Herzegovina",
    "bb": "Barbados", "be": "Belgium", "bf": "Burkina Faso", "bg": "Bulgaria", "bh": "Bahrain",
    "bj": "Benin", "bm": "Bermuda", "bn": "Brunei", "bo": "Bolivia", "br": "Brazil",
    "bs": "Bahamas", "bt": "Bhutan", "bw": "Botswana", "by": "Belarus", "bz": "Belize",
    "ca": "Canada", "cd": "DR Congo", "cg": "Republic of the Congo", "ch": "Switzerland",
    "ci": "Côte d’Ivoire", "cl": "Chile", "cm": "Cameroon", "cn": "China", "co": "Colombia",
    "cr": "Costa Rica", "cv": "Cape Verde", "cy": "Cyprus", "cz": "Czechia", "de": "Germany",
    "dk": "Denmark", "dm": "Dominica", "do": "Dominican Republic", "dz": "Algeria",
    "ec": "Ecuador", "ee": "Estonia", "eg": "Egypt", "es": "Spain", "fi": "Finland", "fj": "Fiji",
    "fm": "Micronesia", "fr": "France", "ga": "Gabon", "gb": "United Kingdom", "gd": "Grenada",
    "ge": "Georgia", "gh": "Ghana", "gm": "Gambia", "gr": "Greece", "gt": "Guatemala",
    "gw": "Guinea-Bissau", "gy": "Guyana", "hk": "Hong Kong", "hn": "Honduras", "hr": "Croatia",
    "hu": "Hungary", "id": "Indonesia", "ie": "Ireland", "il": "Israel", "in": "India",
    "iq": "Iraq", "is": "Iceland", "it": "Italy", "jm": "Jamaica", "jo": "Jordan", "jp": "Japan",
    "ke": "Kenya", "kg": "Kyrgyzstan", "kh": "Cambodia", "kn": "St Kitts and Nevis",
    "kr": "South Korea", "kw": "Kuwait", "ky": "Cayman Islands", "kz": "Kazakhstan",
    "la": "Laos", "lb": "Lebanon", "lc": "St Lucia", "lk": "Sri Lanka", "lr": "Liberia",
    "lt": "Lithuania", "lu": "Luxembourg", "lv": "Latvia", "ly": "Libya", "ma": "Morocco",
    "md": "Moldova", "me": "Montenegro", "mg": "Madagascar", "mk": "North Macedonia",
    "ml": "Mali", "mm": "Myanmar", "mn": "Mongolia", "mo": "Macao", "mr": "Mauritania",
    "ms": "Montserrat", "mt": "Malta", "mu": "Mauritius", "mv": "Maldives", "mw": "Malawi",
    "mx": "Mexico", "my": "Malaysia", "mz": "Mozambique", "na": "Namibia", "ne": "Niger",
    "ng": "Nigeria", "ni": "Nicaragua", "nl": "Netherlands", "no": "Norway", "np": "Nepal",
    "nr": "Nauru", "nz": "New Zealand", "om": "Oman", "pa": "Panama", "pe": "Peru",
    "pg": "Papua New Guinea", "ph": "Philippines", "pk": "Pakistan", "pl": "Poland",
    "pt": "Portugal", "pw": "Palau", "py": "Paraguay", "qa": "Qatar", "ro": "Romania",
    "rs": "Serbia", "ru": "Russia", "rw": "Rwanda", "sa": "Saudi Arabia",
    "sb": "Solomon Islands", "sc": "Seychelles", "se": "Sweden", "sg": "Singapore",
    "si": "Slovenia", "sk": "Slovakia", "sl": "Sierra Leone", "sn": "Senegal", "sr": "Suriname",
    "st": "São Tomé and Príncipe", "sv": "El Salvador", "sz": "Eswatini",
    "tc": "Turks and Caicos Islands", "td": "Chad", "th": "Thailand", "tj": "Tajikistan",
    "tm": "Turkmenistan", "tn": "Tunisia", "to": "Tonga", "tr": "Türkiye",
    "tt": "Trinidad and Tobago", "tw": "Taiwan", "tz": "Tanzania", "ua": "Ukraine",
    "ug": "Uganda", "us": "United States", "uy": "Uruguay", "uz": "Uzbekistan",
    "vc": "St Vincent and the Grenadines", "ve": "Venezuela", "vg": "British Virgin Islands",
    "vn": "Vietnam", "vu": "Vanuatu", "xk": "Kosovo", "ye": "Yemen", "za": "South Africa",
    "zm": "Zambia", "zw": "Zimbabwe",
}  # fmt: skip
#: Countries of Google Play in which the App Store has no storefront.
_PLAY_ONLY = {
    "aw": "Aruba", "bd": "Bangladesh", "cf": "Central African Republic", "dj": "Djibouti",
    "er": "Eritrea", "gi": "Gibraltar", "gn": "Guinea", "ht": "Haiti", "km": "Comoros",
    "li": "Liechtenstein", "mc": "Monaco", "sm": "San Marino", "so": "Somalia", "tg": "Togo",
    "va": "Vatican City", "ws": "Samoa",
}  # fmt: skip
#: Storefronts of the App Store that are not known to be regions of Google Play. Its endpoint
#: answers for any code and never says for which, so that only known regions are asked for. In
#: China the store is closed.
_APP_STORE_ONLY = {
    "af", "ai", "bb", "bn", "bt", "cn", "gy", "me", "mg", "mn", "mr", "ms", "mw", "nr", "pw", "st",
    "sz", "vc", "xk",
}  # fmt: skip
_ALL_NAMES = NAMES | _PLAY_ONLY
#: The codes of each store's storefronts.
CODES: Mapping[str, tuple[str, ...]] = {
    APP_STORE: tuple(NAMES),
    PLAY: tuple(sorted(_ALL_NAMES.keys() - _APP_STORE_ONLY)),
}
#: Those that have an article in a sentence.
_THE = {
    "ae", "bs", "cd", "cf", "cg", "do", "gb", "gm", "km", "ky", "mv", "nl", "ph", "sb", "sc",
    "tc", "us", "vg",
}  # fmt: skip
#: Named groups: the members, as the organisation itself lists them (November 2026), that have a
#: storefront. All members have one but for those named.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "all": tuple(NAMES),
    # asean.org, Member States; Timor-Leste has no storefront.
    "asean": ("bn", "id", "kh", "la", "mm", "my", "ph", "sg", "th", "vn"),
    # european-union.europa.eu, EU countries.
    "eu": (
        "at", "be", "bg", "cy", "cz", "de", "dk", "ee", "es", "fi", "fr", "gr", "hr", "hu", "ie",
        "it", "lt", "lu", "lv", "mt", "nl", "pl", "pt", "ro", "se", "si", "sk",
    ),
    # The seven countries; the European Union takes part and is not a country.
    "g7": ("ca", "de", "fr", "gb", "it", "jp", "us"),
    # The nineteen countries; the European Union and the African Union are members too.
    "g20": (
        "ar", "au", "br", "ca", "cn", "de", "fr", "gb", "id", "in", "it", "jp", "kr", "mx", "ru",
        "sa", "tr", "us", "za",
    ),
    # gcc-sg.org, Member States.
    "gcc": ("ae", "bh", "kw", "om", "qa", "sa"),
    # norden.org, the five countries; the Faroe Islands, Greenland and Åland have no storefront.
    "nordic": ("dk", "fi", "is", "no", "se"),
    # oecd.org, Members and partners: the members.
    "oecd": (
        "at", "au", "be", "ca", "ch", "cl", "co", "cr", "cz", "de", "dk", "ee", "es", "fi", "fr",
        "gb", "gr", "hu", "ie", "il", "is", "it", "jp", "kr", "lt", "lu", "lv", "mx", "nl", "no",
        "nz", "pl", "pt", "se", "si", "sk", "tr", "us",
    ),
}  # fmt: skip
#: What else people write for a storefront.
_MEANT = {
    "america": ("us",), "britain": ("gb",), "czech republic": ("cz",),
    "en": ("gb", "us"), "england": ("gb",), "eu": ("de", "fr", "it"),
    "great britain": ("gb",), "holland": ("nl",), "ivory coast": ("ci",), "korea": ("kr",),
    "macau": ("mo",), "prc": ("cn",), "republic of korea": ("kr",), "turkey": ("tr",),
    "u.k.": ("gb",), "u.s.": ("us",), "uae": ("ae",), "uk": ("gb",), "usa": ("us",),
}  # fmt: skip
_NEAREST = 3


def storefront_name(code: str) -> str:
    """``Japan``; the code in capitals for one that has no name here."""
    return _ALL_NAMES.get(code, code.upper())


def within_sentence(code: str) -> str:
    """``Japan``, ``the United States``."""
    return f"{'the ' * (code in _THE)}{storefront_name(code)}"


#: Apple's own number of each storefront, as old feed addresses have it (``sf=143441``). Only
#: numbers on which two independently published lists agree.
NUMBERS = {
    "ae": 143481, "ai": 143538, "am": 143524, "ao": 143564, "ar": 143505, "at": 143445,
    "au": 143460, "az": 143568, "bb": 143541, "be": 143446, "bg": 143526, "bh": 143559,
    "bm": 143542, "bn": 143560, "bo": 143556, "br": 143503, "bs": 143539, "bw": 143525,
    "by": 143565, "bz": 143555, "ca": 143455, "ch": 143459, "ci": 143527, "cl": 143483,
    "cn": 143465, "co": 143501, "cr": 143495, "cy": 143557, "cz": 143489, "de": 143443,
    "dk": 143458, "dm": 143545, "do": 143508, "dz": 143563, "ec": 143509, "ee": 143518,
    "eg": 143516, "es": 143454, "fi": 143447, "fr": 143442, "gb": 143444, "gd": 143546,
    "gh": 143573, "gr": 143448, "gt": 143504, "gy": 143553, "hk": 143463, "hn": 143510,
    "hr": 143494, "hu": 143482, "id": 143476, "ie": 143449, "il": 143491, "in": 143467,
    "is": 143558, "it": 143450, "jm": 143511, "jo": 143528, "jp": 143462, "ke": 143529,
    "kn": 143548, "kr": 143466, "kw": 143493, "ky": 143544, "kz": 143517, "lb": 143497,
    "lc": 143549, "lk": 143486, "lt": 143520, "lu": 143451, "lv": 143519, "md": 143523,
    "mg": 143531, "mk": 143530, "ml": 143532, "mo": 143515, "ms": 143547, "mt": 143521,
    "mu": 143533, "mv": 143488, "mx": 143468, "my": 143473, "ne": 143534, "ng": 143561,
    "ni": 143512, "nl": 143452, "no": 143457, "np": 143484, "nz": 143461, "om": 143562,
    "pa": 143485, "pe": 143507, "ph": 143474, "pk": 143477, "pl": 143478, "pt": 143453,
    "py": 143513, "qa": 143498, "ro": 143487, "rs": 143500, "ru": 143469, "sa": 143479,
    "se": 143456, "sg": 143464, "si": 143499, "sk": 143496, "sn": 143535, "sr": 143554,
    "sv": 143506, "tc": 143552, "th": 143475, "tn": 143536, "tr": 143480, "tt": 143551,
    "tw": 143470, "tz": 143572, "ua": 143492, "ug": 143537, "us": 143441, "uy": 143514,
    "uz": 143566, "vc": 143550, "ve": 143502, "vg": 143543, "vn": 143471, "ye": 143571,
    "za": 143472,
}  # fmt: skip


def check_storefront(code: str, store: str = APP_STORE) -> None:
    """Raise ``InvalidValue``, naming the nearest ones, unless STORE has a storefront CODE."""
    if code in CODES[store]:
        return
    invalid = f"Invalid storefront {code[:60]!r}"
    if store == PLAY and code in NAMES:
        why = "is closed there" if code == "cn" else "is not known to have charts of its own there"
        raise InvalidValue(f"{invalid}: Google Play {why}; leave it out")
    raise InvalidValue(
        f"{invalid}: {IN_SENTENCE[store]} has none of that code; {_advice(code, store)}"
    )


def expand_storefronts(names: Iterable[str], store: str = APP_STORE) -> tuple[str, ...]:
    """The codes of NAMES in their order, each once; a group means its storefronts.

    ``all`` means those of STORE. Raises ``InvalidValue``, naming the nearest ones and the groups.
    """
    codes: dict[str, None] = {}
    for name in names:
        wanted = name.strip().lower()
        members = CODES[store] if wanted == "all" else GROUPS.get(wanted, (wanted,))
        for code in members:
            try:
                check_storefront(code, store)
            except InvalidValue as error:
                raise InvalidValue(f"{error}; groups: {', '.join(GROUPS)}") from None
        codes.update(dict.fromkeys(members))
    return tuple(codes)


def _advice(code: str, store: str) -> str:
    if code in GROUPS:
        members = GROUPS[code]
        return f"it is a group of {len(members)} storefronts: use one of them, such as {members[0]}"
    near = ", ".join(
        f"{other} ({_ALL_NAMES[other]})" for other in nearest(code) if other in CODES[store]
    )
    return f"nearest: {near}" if near else "use the code of a country that has one, such as us"


def _plain(text: str) -> str:
    """TEXT in small letters without accents."""
    letters = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).strip()


def nearest(text: str) -> tuple[str, ...]:
    """The codes of the storefronts that TEXT is most like, by code or by name; at most three."""
    wanted = _plain(text[:60])
    codes = {_plain(name): code for code, name in NAMES.items()}
    if wanted in _MEANT:
        return _MEANT[wanted]
    if wanted in NAMES or wanted in codes:
        return (codes.get(wanted, wanted),)
    if len(wanted) <= 2:
        return tuple(_near_codes(wanted)[:_NEAREST])
    within = [name for name in codes if name in wanted or wanted in name]
    near = within or get_close_matches(wanted, codes, _NEAREST, cutoff=0.7)
    return tuple(codes[name] for name in near[:_NEAREST])


def _near_codes(wanted: str) -> list[str]:
    """Codes with the same letters, then with the same first letter, then with the same last."""
    swapped = [code for code in NAMES if code == wanted[::-1]]
    first = [code for code in NAMES if code[0] == wanted[:1]]
    last = [code for code in NAMES if code[1] == wanted[1:]]
    return list(dict.fromkeys(swapped + first + last))
