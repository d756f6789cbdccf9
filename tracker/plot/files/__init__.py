"""From a specification to the bytes of a file: PNG, SVG, JSON, and pages."""
