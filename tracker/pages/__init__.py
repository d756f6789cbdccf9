"""Pages that a person reads: who is ahead, the curve, and the way down to the stored response.

``answer`` gives a page, or the same facts as JSON or CSV. Datasette serves them, and
``apptrack publish`` writes them as files; only their links differ.
"""

from tracker.pages.answers import Answer, answer
from tracker.pages.links import Links, ServedLinks

__all__ = ["Answer", "Links", "ServedLinks", "answer"]
