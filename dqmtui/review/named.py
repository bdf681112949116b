"""The masks of a run that expressions may use by their names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.masks import Selection, all_names, select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.model.lstable import LSTable

EXCLUDED, GOLDEN, ML = "excluded", "golden", "ml"

MASKS: Mapping[str, str] = {
    EXCLUDED: "LS that you left out",
    GOLDEN: "newest golden JSON, or the file of :golden",
    "muon": "newest muon JSON",
    "dcsonly": "newest DCS-only JSON, as published",
    ML: "LS that any anomaly model flags",
    "noted": "LS with a note",
    "noted_bad": "LS noted as bad, standby or excluded",
}
"""Names of masks and what they are."""

CERTIFIED: Mapping[str, str] = {GOLDEN: "golden", "muon": "muon", "dcsonly": "dcs"}
"""Names of masks that are certification JSON, and the kind of file that each is."""


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """The masks of one run by name, None for one that has not been loaded, and the saved expressions.

    The same object until one of them changes: what is made with it can be kept with it.
    """

    masks: Mapping[str, LSMask | None] = field(default_factory=dict)
    saved: Mapping[str, str] = field(default_factory=dict)

    @property
    def excluded(self) -> LSMask:
        """The LS that the person left out."""
        return self.masks.get(EXCLUDED) or LSMask()

    def select(self, expression: str, table: LSTable) -> Selection:
        """Evaluate an expression over the LS of the run's table; raises MaskExpressionError."""
        return select(expression, table, self.masks, self.saved)

    def wanted(self, *expressions: str) -> frozenset[str]:
        """Give the names of masks that expressions use, also by way of saved ones."""
        used = frozenset[str]().union(*(all_names(expression, self.saved) for expression in expressions))
        return used & MASKS.keys()


def only_excluded(mask: LSMask) -> Named:
    """Give the masks of a run of which nothing is known but what the person left out."""
    return Named({EXCLUDED: mask})


NOTHING_NAMED = only_excluded(LSMask())
