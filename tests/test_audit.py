"""The audit of what is installed never passes in silence what nobody could tell."""

from __future__ import annotations

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "audit"
CLEAN = {"name": "click", "version": "8.1.0", "vulns": []}
HOLE = {
    "name": "requests", "version": "2.0",
    "vulns": [{"id": "PYSEC-2014-14", "fix_versions": ["2.3.0"]}],
}  # fmt: skip
UNKNOWN = {"name": "rich", "skip_reason": "Dependency not found on PyPI"}
OWN = {"name": "apptrack", "skip_reason": "Dependency not found on PyPI"}


@pytest.fixture(scope="module")
def audit() -> Any:
    loader = SourceFileLoader("audit", str(SCRIPT))
    spec = spec_from_loader("audit", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("packages", "required", "code", "said"),
    [
        ([CLEAN, OWN], True, 0, "1 packages, 0 known holes"),
        ([CLEAN, HOLE], False, 1, "requests 2.0: PYSEC-2014-14, fixed in 2.3.0"),
        ([UNKNOWN, OWN], False, 0, "0 packages audited, NOT AUDITED the others"),
        ([UNKNOWN, OWN], True, 3, "did not know 1 of them"),
        ([CLEAN, UNKNOWN], True, 3, "1 packages audited, NOT AUDITED the others"),
        ([HOLE, UNKNOWN], True, 1, "PYSEC-2014-14"),
        ([], False, 0, "0 packages audited, NOT AUDITED the others: no answer"),
        ([], True, 3, "NOT AUDITED"),
    ],
)
def test_what_an_audit_comes_to(
    audit: Any, packages: list[object], required: bool, code: int, said: str
) -> None:
    lines, ended = audit.judged(packages, "" if packages else "no answer", required)
    assert ended == code
    assert said in "\n".join(lines)
