"""The masks of a run that expressions may use by their names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.mask_reasons import MaskWords, Reason, reasons_against
from dqmtui.model.masks import Selection, all_names, select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.model.lstable import LSTable

EXCLUDED, GOLDEN, ML = "excluded", "golden", "ml"
NOTED, NOTED_BAD = "noted", "noted_bad"

MASKS: Mapping[str, str] = {
    EXCLUDED: "LS that you left out",
    GOLDEN: "newest golden JSON, or the file of :golden",
    "muon": "newest muon JSON",
    "dcsonly": "newest DCS-only JSON, as published",
    ML: "LS that any anomaly model flags",
    NOTED: "LS with a note",
    NOTED_BAD: "LS noted as bad, standby or excluded",
}
"""Names of masks and what they are."""

WORDS: Mapping[str, MaskWords] = {
    EXCLUDED: MaskWords("excluded by hand", "not excluded by hand"),
    GOLDEN: MaskWords("in the golden JSON", "not in the golden JSON"),
    "muon": MaskWords("in the muon JSON", "not in the muon JSON"),
    "dcsonly": MaskWords("in the DCS-only JSON", "not in the DCS-only JSON"),
    ML: MaskWords("flagged by an anomaly model", "flagged by no anomaly model"),
    NOTED: MaskWords("noted", "not noted"),
    NOTED_BAD: MaskWords("noted as bad, standby or excluded", "not noted as bad, standby or excluded"),
}
"""What to say of an LS that is in a mask, or is not."""

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

    def with_excluded(self, more: LSMask) -> Named:
        """Give the masks as they are where the person has left out more LS."""
        return replace(self, masks={**self.masks, EXCLUDED: self.excluded | more})

    def select(self, expression: str, table: LSTable) -> Selection:
        """Evaluate an expression over the LS of the run's table; raises MaskExpressionError."""
        return select(expression, table, self.masks, self.saved)

    def reasons(self, expression: str, table: LSTable) -> tuple[Reason, ...]:
        """Say why LS are not good by an expression, but for what notes say that take them out.

        Raises MaskExpressionError.
        """
        taken_out = self.masks.get(NOTED_BAD) or LSMask()
        of_notes = {WORDS[NOTED].inside, WORDS[NOTED_BAD].inside}
        found = reasons_against(expression, table, self.masks, self.saved, WORDS)
        told = (replace(one, ls=one.ls - taken_out) if one.words in of_notes else one for one in found)
        return tuple(one for one in told if one.ls)

    def wanted(self, *expressions: str) -> frozenset[str]:
        """Give the names of masks that expressions use, also by way of saved ones."""
        used = frozenset[str]().union(*(all_names(expression, self.saved) for expression in expressions))
        return used & MASKS.keys()


def only_excluded(mask: LSMask) -> Named:
    """Give the masks of a run of which nothing is known but what the person left out."""
    return Named({EXCLUDED: mask})


NOTHING_NAMED = only_excluded(LSMask())
