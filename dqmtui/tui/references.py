"""Which runs the list of references offers: CertHelper's for the open run, then those most like it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.model.dataset_name import short_dataset
from dqmtui.model.text import harmless
from dqmtui.review.candidates import candidates
from dqmtui.review.choices import Neighbours, OtherRun, RestOfRun, WholeRun
from dqmtui.review.facts import Severity
from dqmtui.tui.choices import Choices
from dqmtui.tui.widgets.picker import Picker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmtui.export.certhelper import ReferenceRow
    from dqmtui.review.candidates import Candidate
    from dqmtui.review.choices import ReferenceChoice
    from dqmtui.review.review import Review
    from dqmtui.review.runlist import RunEntry
    from dqmtui.store.settings import Settings

_SUBJECT = "reference"


@dataclass(frozen=True, slots=True)
class Offered:
    """A reference (None: no reference), its name, what speaks for it, and all that is known of it."""

    choice: ReferenceChoice | None
    name: str
    note: str = ""
    detail: str = ""


class References(Choices):
    """What the histogram of the open run can be compared with."""

    def __init__(self) -> None:
        super().__init__()
        self._listed: tuple[ReferenceRow, ...] = ()
        self._references_on_offer: list[Offered] = []
        self._references_anew: Callable[[], list[Offered]] = list

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

    def offer(
        self, title: str, offered: Callable[[], list[Offered]], then: Callable[[ReferenceChoice | None], None]
    ) -> None:
        """Let the person choose among references; what `offered` gives is asked again when more is known."""
        self._references_on_offer, self._references_anew = offered(), offered

        def chosen(choice: Picker.Chosen) -> None:
            then(self._references_on_offer[choice.index].choice)

        names, notes, details = _columns(self._references_on_offer)
        self.choose(_SUBJECT, title, names, notes, details=details, then=chosen)
        self._want_ranges()

    def ranges_of_runs_came(self) -> None:
        """Rank anew by luminosity and pileup, too; who is choosing already finds everything where it was."""
        picker = self.query_one(Picker)
        if not picker.is_open or picker.subject != _SUBJECT:
            return
        anew = self._references_anew()
        if not picker.is_as_opened:
            known = {one.choice: one for one in anew}
            anew = [known.get(one.choice, one) for one in self._references_on_offer]
        self._references_on_offer = anew
        picker.names_changed(*_columns(anew))

    def _want_ranges(self) -> None:
        review = self.review
        run = None if review is None else self._open_entry(review)
        if review is not None and run is not None:
            review.ranges_of_runs.want(run, self._candidates(review, run))

    @staticmethod
    def _open_entry(review: Review) -> RunEntry | None:
        at = review.run_list.index(review.state.run)
        return None if at is None else review.run_list.entries[at]

    def _candidates(self, review: Review, run: RunEntry) -> list[Candidate]:
        listed, ranges = self._listed_for(run.run), review.ranges_of_runs.known
        return candidates(run, review.run_list.entries, listed, ranges)

    def _offered(self, review: Review) -> list[Offered]:
        """List what can be a reference; what is of the open run first."""
        near = Neighbours()
        offered = [
            Offered(RestOfRun(), "the other good LS of this run"),
            Offered(near, f"{near.k} good LS on either side", f"without the {near.gap} next to it"),
            Offered(WholeRun(), "the run integral", "all good LS of this run, this one too"),
        ]
        run = self._open_entry(review)
        if run is None:
            return offered
        text = self.look.charset.unit
        for one in self._candidates(review, run):
            entry = one.entry
            name = f"run {entry.run}  {short_dataset(entry.dataset)}"
            note, detail = text(harmless(one.note)), text(harmless(one.in_full))
            offered.append(Offered(OtherRun(entry.key, entry.dataset), name, note, detail))
        return offered


def _columns(offered: Sequence[Offered]) -> tuple[list[str], list[str], list[str]]:
    """Give the names, the notes and the details of what is offered."""
    return [one.name for one in offered], [one.note for one in offered], [one.detail for one in offered]


def _rows_at(place: str, settings: Settings) -> tuple[ReferenceRow, ...]:
    """Read the list at a place; raises UnreadableError, FetchError and OSError."""
    from dqmtui.export.certhelper import LARGEST_BYTES, read_references  # noqa: PLC0415 - as above
    from dqmtui.export.fetch import fetcher  # noqa: PLC0415 - as above
    from dqmtui.export.golden import read_place  # noqa: PLC0415 - as above
    from dqmtui.review.login import transport_options  # noqa: PLC0415 - as above

    return tuple(read_references(read_place(place, fetcher(transport_options(settings)), LARGEST_BYTES)))
