"""JSON for standard output, written as in files."""

from __future__ import annotations

from dqmtui.export.json_text import json_object, json_rows, plain, plain_column

__all__ = ["json_object", "json_rows", "plain", "plain_column"]
