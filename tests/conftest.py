"""Shared by all tests: nothing of the person's own settings, caches or databases is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_corner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs in an empty folder, with no APPTRACK_ variable and no proxy."""
    for name in list(os.environ):
        if name.startswith("APPTRACK_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    corner = tmp_path / "corner"
    corner.mkdir()
    monkeypatch.chdir(corner)
