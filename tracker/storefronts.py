"""What people call the storefronts of the App Store, each by its code: short English names."""

from __future__ import annotations

#: The storefronts that there are; no two have one name.
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
#: Those that a sentence speaks of with an article.
_THE = {
    "ae", "bs", "cd", "cg", "do", "gb", "gm", "ky", "mv", "nl", "ph", "sb", "sc", "tc", "us", "vg",
}  # fmt: skip


def storefront_name(code: str) -> str:
    """``Japan``; the code in capitals for one that has no name here."""
    return NAMES.get(code, code.upper())


def within_sentence(code: str) -> str:
    """``Japan``, ``the United States``."""
    return f"{'the ' * (code in _THE)}{storefront_name(code)}"
