"""By what a file is known as apptrack's."""

from __future__ import annotations

#: SQLite's application_id of an apptrack file: the letters "appt".
APPLICATION_ID = 0x61707074
