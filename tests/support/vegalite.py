"""Is it Vega-Lite: held against the schema that Altair ships."""

from __future__ import annotations

from functools import cache
from typing import Any

from altair.vegalite.v6.schema.core import load_schema
from jsonschema.validators import validator_for


@cache
def _validator() -> Any:
    """Made once: ``altair.Chart.from_dict`` makes its own each time, which takes a second."""
    schema = load_schema()
    return validator_for(schema)(schema)


def is_vega_lite(spec: Any) -> bool:
    return bool(_validator().is_valid(spec))
