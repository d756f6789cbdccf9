"""The genres of each store, under names that charts are written with."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from tracker.errors import InvalidValue, echo
from tracker.stores import APP_STORE, IN_SENTENCE, PLAY

APPS = "apps"
#: The App Store's number of each genre (Apple's "Genre IDs Appendix"). ``apps`` has no number of
#: its own: it is every genre but games.
GENRES: Mapping[str, int] = {
    "all": 36, "business": 6000, "weather": 6001, "utilities": 6002, "travel": 6003,
    "sports": 6004, "social-networking": 6005, "reference": 6006, "productivity": 6007,
    "photo-video": 6008, "news": 6009, "navigation": 6010, "music": 6011, "lifestyle": 6012,
    "health-fitness": 6013, "games": 6014, "finance": 6015, "entertainment": 6016,
    "education": 6017, "books": 6018, "medical": 6020, "magazines": 6021, "food-drink": 6023,
    "shopping": 6024, "developer-tools": 6026, "graphics-design": 6027,
    "games-action": 7001, "games-adventure": 7002, "games-casual": 7003, "games-board": 7004,
    "games-card": 7005, "games-casino": 7006, "games-family": 7009, "games-music": 7011,
    "games-puzzle": 7012, "games-racing": 7013, "games-role-playing": 7014,
    "games-simulation": 7015, "games-sports": 7016, "games-strategy": 7017, "games-trivia": 7018,
    "games-word": 7019,
}  # fmt: skip
_GENRE_OF_NUMBER = {str(number): name for name, number in GENRES.items()}
#: Google Play's word for each of its categories, as several public readers of its charts list them.
#: Names follow the words: ``GAME_ROLE_PLAYING`` is ``games-role-playing``.
PLAY_CATEGORIES: Mapping[str, str] = {
    APPS: "APPLICATION", "games": "GAME",
    **{
        word.replace("_AND_", "_").replace("GAME_", "GAMES_").replace("_", "-").lower(): word
        for word in (
            "ART_AND_DESIGN", "AUTO_AND_VEHICLES", "BEAUTY", "BOOKS_AND_REFERENCE", "BUSINESS",
            "COMICS", "COMMUNICATION", "DATING", "EDUCATION", "ENTERTAINMENT", "EVENTS", "FINANCE",
            "FOOD_AND_DRINK", "HEALTH_AND_FITNESS", "HOUSE_AND_HOME", "LIBRARIES_AND_DEMO",
            "LIFESTYLE", "MAPS_AND_NAVIGATION", "MEDICAL", "MUSIC_AND_AUDIO",
            "NEWS_AND_MAGAZINES", "PARENTING", "PERSONALIZATION", "PHOTOGRAPHY", "PRODUCTIVITY",
            "SHOPPING", "SOCIAL", "SPORTS", "TOOLS", "TRAVEL_AND_LOCAL", "VIDEO_PLAYERS",
            "WEATHER",
            "GAME_ACTION", "GAME_ADVENTURE", "GAME_ARCADE", "GAME_BOARD", "GAME_CARD",
            "GAME_CASINO", "GAME_CASUAL", "GAME_EDUCATIONAL", "GAME_MUSIC", "GAME_PUZZLE",
            "GAME_RACING", "GAME_ROLE_PLAYING", "GAME_SIMULATION", "GAME_SPORTS",
            "GAME_STRATEGY", "GAME_TRIVIA", "GAME_WORD",
        )
    },
}  # fmt: skip
#: The genres of each store.
GENRES_OF: Mapping[str, tuple[str, ...]] = {
    APP_STORE: (APPS, *GENRES),
    PLAY: tuple(PLAY_CATEGORIES),
}
#: The nearest genre of Google Play for those that it has not, and the other way round.
_NEAREST_ON_PLAY = {
    "all": APPS, "utilities": "tools", "travel": "travel-local",
    "social-networking": "social", "reference": "books-reference", "photo-video": "photography",
    "news": "news-magazines", "navigation": "maps-navigation", "music": "music-audio",
    "books": "books-reference", "magazines": "news-magazines", "graphics-design": "art-design",
    "developer-tools": "tools", "games-family": "games-educational",
}  # fmt: skip
_NEAREST_ON_APP_STORE = {
    "art-design": "graphics-design", "books-reference": "books", "comics": "books",
    "communication": "social-networking", "dating": "social-networking", "social":
    "social-networking", "maps-navigation": "navigation", "music-audio": "music",
    "news-magazines": "news", "photography": "photo-video", "tools": "utilities",
    "travel-local": "travel", "video-players": "photo-video", "games-arcade": "games-action",
    "games-educational": "games-family",
}  # fmt: skip
_NEAREST: Mapping[str, Mapping[str, str]] = {
    PLAY: _NEAREST_ON_PLAY,
    APP_STORE: _NEAREST_ON_APP_STORE,
}


def genre_named(text: str, store: str) -> str:
    """The genre that TEXT means: its name, or on the App Store its number."""
    return _GENRE_OF_NUMBER.get(text, text) if store == APP_STORE else text


def check_genre(genre: str, store: str) -> None:
    """Raise ``InvalidValue``, naming the nearest genre, unless STORE has GENRE."""
    genres = GENRES_OF[store]
    if genre in genres:
        return
    near = _NEAREST[store].get(genre)
    if near is None:
        near = next(iter(get_close_matches(genre, genres, n=1)), None)
    elsewhere = next((other for other, names in GENRES_OF.items() if genre in names), None)
    where = f"{IN_SENTENCE[elsewhere]} has it, {IN_SENTENCE[store]} has not; " if elsewhere else ""
    meant = f"; did you mean '{near}'?" if near else ""
    raise InvalidValue(f"Invalid genre {echo(genre)}: {where}use {', '.join(genres)}{meant}")
