"""Which runs are offered as references for the open one, the best first, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.model.reconstruction import differs
from dqmtui.model.reference_runs import RankedRun, rank_references

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmtui.review.runlist import RunEntry

_SURE = 0.995
"""Agreement from which on a condition counts as the same."""

_MOST_APART = 2
"""Conditions that a note names because they agree the least."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run of a dataset that can be a reference.

    `ranked` says how its conditions compare, None of a later run and where OMS does not know one of them;
    `listed` that CertHelper's list names it for the open run; `other` how its dataset was made otherwise
    than that of the open run, "" when it was not.
    """

    entry: RunEntry
    ranked: RankedRun | None = None
    listed: str = ""
    other: str = ""

    @property
    def note(self) -> str:
        """Say in a few words what speaks for it and against it: what must agree and does not, then the least.

        Percentages are how far conditions agree, the first that of all of them together.
        """
        words = [word for word in (self.other, self.listed) if word]
        if self.ranked is not None:
            words.append(f"{self.ranked.score:.0%}")
            reasons = self.ranked.reasons
            words.extend(
                f"! {one.aspect} {one.text}" for one in reasons if one.aspect in self.ranked.conflicts
            )
            apart = [
                (one.agreement, one.aspect)
                for one in reasons
                if one.agreement is not None
                and one.agreement < _SURE
                and one.aspect not in self.ranked.conflicts
            ]
            words.extend(f"{aspect} {agreement:.0%}" for agreement, aspect in sorted(apart)[:_MOST_APART])
        else:
            words.append(f"{self.entry.ls_count} LS")
        return ", ".join(words)


def candidates(
    run: RunEntry, entries: Sequence[RunEntry], listed: Mapping[int, str] | None = None
) -> list[Candidate]:
    """Rank all other entries as references for a run: `listed` are the runs that CertHelper's list names.

    First come runs made like the open one, those that are listed before the others, by how like their
    conditions are; then those that were made otherwise; in each, earlier runs come before later ones.
    """
    names = listed or {}
    cards = [entry.card for entry in entries if entry.card is not None]
    ranked = {} if run.card is None else {one.run: one for one in rank_references(run.card, cards)}
    places = {number: at for at, number in enumerate(ranked)}
    found = [
        Candidate(entry, ranked.get(entry.run), names.get(entry.run, ""), differs(run.dataset, entry.dataset))
        for entry in entries
        if entry.key != run.key
    ]

    def order(one: Candidate) -> tuple[bool, bool, bool, int, int]:
        is_later = one.entry.run > run.run
        return (
            *(bool(one.other), not one.listed, is_later),
            *(places.get(one.entry.run, len(places)), abs(one.entry.run - run.run)),
        )

    return sorted(found, key=order)
