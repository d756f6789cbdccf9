"""apptrack: an App Store ranking tracker that never says more than it saw."""

__version__ = "0.1.0"
