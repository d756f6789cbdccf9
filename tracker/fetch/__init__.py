"""One polite session for every chart; no other package reads from a store.

A fetch is one attempt, and each is bounded on every side: seconds, bytes as they come, bytes
decoded, redirects. A store that answers slowly, endlessly or wrongly costs an attempt, never the
pass.

From the environment come proxies (``HTTPS_PROXY``, ``NO_PROXY``) and certificate authorities
(``REQUESTS_CA_BUNDLE``); never credentials for the store: ``.netrc`` is not read and cookies are
not stored. A store on this machine is read without a proxy.
"""

from tracker.fetch.archive import Archive, Reply
from tracker.fetch.connections import USER_AGENT
from tracker.fetch.fetcher import Fetcher, Wanted
from tracker.fetch.timing import GRACE

__all__ = ["GRACE", "USER_AGENT", "Archive", "Fetcher", "Reply", "Wanted"]
