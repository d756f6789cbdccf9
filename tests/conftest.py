"""Shared by all tests: nothing of the person's own settings, caches or databases is touched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

# No test is held to a time: machines are noisy.
settings.register_profile("apptrack", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("apptrack")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: some tests wait for a clock or for another process."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session", autouse=True)
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No APPTRACK_ variable, no proxy, and a cache for all tests, fixtures of modules included.

    Bundling the JavaScript takes seconds, which one of them pays.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("APPTRACK_") or name.lower().endswith("_proxy"):
                patch.delenv(name)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield


@pytest.fixture(autouse=True)
def _own_corner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs in an empty folder."""
    corner = tmp_path / "corner"
    corner.mkdir()
    monkeypatch.chdir(corner)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for all tests of pages; what drives it is imported for those alone."""
    from tests.support.chromium import chromium

    with chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened
