"""The tests of a scan, by the names that its results carry."""

from __future__ import annotations

ENTRIES = "entries"
"""How many entries there are."""

TESTS = (ENTRIES, "mean", "mean x", "mean y", "shape", "chi2", "bin", "empty block", "values", "scatter")
"""All of them; a long problem is named after the test that found its ends, with `, step`."""
