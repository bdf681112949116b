"""Which rate of a run a person means by a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.rate_name import RateName

if TYPE_CHECKING:
    from dqmtui.review.datalayer import DataLayer


class UnknownRate(Exception):  # noqa: N818 - what a person typed, not an error of the program
    """A run has no rate of this name; `near` are the nearest ones that it has."""

    def __init__(self, name: str, run: int, near: list[RateName]) -> None:
        hint = "the nearest are:" if near else "it has others."
        super().__init__(f"Run {run} has neither a path nor a dataset {name!r}; {hint}")
        self.near = [rate.typed for rate in near]

    @property
    def message(self) -> str:
        """The sentence for the person, without the names."""
        return str(self)


async def rate_of_run(data: DataLayer, run: int, name: str) -> RateName:
    """Find the path or dataset of a run that a person means; raises UnknownRate and ServiceError.

    Of a path the version is ignored. A name may be unknown to a run whose rates are known all the same, so
    one that is typed exactly as the trigger rate in use is taken as it is.
    """
    if RateName.read(name) == data.rate:
        return data.rate
    found = (await data.rate_names(run)).find(name)
    if isinstance(found, RateName):
        return found
    raise UnknownRate(name, run, found)
