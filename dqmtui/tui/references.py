"""Which runs the list of references offers: CertHelper's for the open run, then those most like it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dqmtui.model.dataset_name import short_dataset
from dqmtui.model.text import harmless
from dqmtui.review.candidates import candidates
from dqmtui.review.choices import Neighbours, OtherRun, RestOfRun, WholeRun
from dqmtui.review.facts import Severity
from dqmtui.tui.choices import Choices

if TYPE_CHECKING:
    from dqmtui.export.certhelper import ReferenceRow
    from dqmtui.review.choices import ReferenceChoice
    from dqmtui.review.review import Review
    from dqmtui.store.settings import Settings

Offered = tuple["ReferenceChoice", str, str]
"""A reference, its name and what speaks for it."""


class References(Choices):
    """What the histogram of the open run can be compared with."""

    def __init__(self) -> None:
        super().__init__()
        self._listed: tuple[ReferenceRow, ...] = ()

    def action_list_references(self, text: str = "") -> None:
        """Take CertHelper's list of reference runs from a file or an address, by default its own."""
        settings = self.settings
        if settings is None:
            self.notice("There is no connection yet.")
            return
        place = text.strip() or settings.certhelper_url
        self.notice(f"Reading the list of reference runs: {place}")
        self.run_worker(self._read_list(place, settings), group="references", exclusive=True)

    async def _read_list(self, place: str, settings: Settings) -> None:
        from dqmtui.export.files import FetchError, UnreadableError  # noqa: PLC0415 - few sessions need it

        try:
            self._listed = await asyncio.to_thread(_rows_at, place, settings)
        except (UnreadableError, FetchError, OSError) as error:
            self.notice(f"The list of reference runs stays as it was: {error}", Severity.ERROR)
            return
        runs = len({row.run for row in self._listed})
        review = self.review
        here = () if review is None or review.state.run is None else self._listed_for(review.state.run.run)
        there = set() if review is None else {entry.run for entry in review.run_list.entries}
        words = ", ".join(str(run) if run in there else f"{run} (not among these runs)" for run in here)
        said = f"; for this one: {words}" if here else ""
        choose = self.look.key("reference.choose")
        self.notice(f"References of {runs} runs are known{said}; {choose} offers them first")

    def _listed_for(self, run: int) -> dict[int, str]:
        """Give the references that the list has for a run, and by what reconstruction."""
        found: dict[int, list[str]] = {}
        for row in self._listed:
            if row.run == run:
                found.setdefault(row.reference, []).append(row.reconstruction)
        return {
            reference: " ".join(["CertHelper", *dict.fromkeys(filter(None, kinds))])
            for reference, kinds in found.items()
        }

    def _offered(self, review: Review) -> list[Offered]:
        """List what can be a reference; what is of the open run first."""
        near = Neighbours()
        offered: list[Offered] = [
            (RestOfRun(), "the other good LS of this run", ""),
            (near, f"{near.k} good LS on either side", f"without the {near.gap} next to it"),
            (WholeRun(), "the run integral", "all good LS of this run, this one too"),
        ]
        entries, run = review.run_list.entries, review.state.run
        at = None if run is None else review.run_list.index(run)
        if run is None or at is None:
            return offered
        for one in candidates(entries[at], entries, self._listed_for(run.run)):
            entry = one.entry
            name = f"run {entry.run}  {short_dataset(entry.dataset)}"
            offered.append((OtherRun(entry.key, entry.dataset), name, harmless(one.note)))
        return offered


def _rows_at(place: str, settings: Settings) -> tuple[ReferenceRow, ...]:
    """Read the list at a place; raises UnreadableError, FetchError and OSError."""
    from dqmtui.export.certhelper import LARGEST_BYTES, read_references  # noqa: PLC0415 - as above
    from dqmtui.export.fetch import fetcher  # noqa: PLC0415 - as above
    from dqmtui.export.golden import read_place  # noqa: PLC0415 - as above
    from dqmtui.review.login import transport_options  # noqa: PLC0415 - as above

    return tuple(read_references(read_place(place, fetcher(transport_options(settings)), LARGEST_BYTES)))
