"""The pictures of ``charts/``, made again by ``python -m gallery``."""
