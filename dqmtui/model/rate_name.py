"""Which rate histograms are divided by: that of an HLT path or of a primary dataset."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

_VERSION = re.compile(r"_v\d+$")
_DATASET = "dataset:"
MOST_NEAR = 5
"""Names that are offered for one that there is not."""
_ALIKE = 0.5


def without_version(path: str) -> str:
    """Give the name of an HLT path without its version, by which it is the same path in every run."""
    return _VERSION.sub("", path)


@dataclass(frozen=True, slots=True)
class RateName:
    """The name of a rate: an HLT path without version, or a primary dataset."""

    name: str
    is_dataset: bool = False

    @classmethod
    def path(cls, name: str) -> Self:
        """Name an HLT path; a version is left out."""
        return cls(without_version(name))

    @classmethod
    def dataset(cls, name: str) -> Self:
        """Name a primary dataset."""
        return cls(name, is_dataset=True)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what a person writes: the name of a path, or `dataset:NAME`."""
        words = text.strip()
        if words.lower().startswith(_DATASET):
            return cls.dataset(words[len(_DATASET) :].strip())
        return cls.path(words)

    @property
    def typed(self) -> str:
        """What a person would type for it."""
        return f"{_DATASET}{self.name}" if self.is_dataset else self.name

    def __str__(self) -> str:
        return f"dataset {self.name}" if self.is_dataset else self.name


@dataclass(frozen=True, slots=True)
class RateNames:
    """The rates that a run has: `paths` with their versions, as the service lists them, and `datasets`."""

    paths: tuple[str, ...]
    datasets: tuple[str, ...]

    @property
    def offered(self) -> list[RateName]:
        """All of them, paths before datasets, each sorted by name and once."""
        paths = sorted({without_version(path) for path in self.paths})
        return [*map(RateName.path, paths), *map(RateName.dataset, sorted({*self.datasets}))]

    def find(self, text: str) -> RateName | list[RateName]:
        """Find what a person means by a name, or the nearest ones there are.

        A path may stand with any version; a name that is both a path and a dataset is the path, and
        `dataset:NAME` the dataset. Upper and lower case are not told apart where one name alone fits.
        """
        wanted = RateName.read(text)
        offered = self.offered
        same = [rate for rate in offered if rate.name == wanted.name]
        like = [rate for rate in offered if rate.name.lower() == wanted.name.lower()]
        for fits in (same, like):
            fitting = [rate for rate in fits if rate.is_dataset or not wanted.is_dataset]
            if fitting and (fits is same or len(fitting) == 1):
                return fitting[0]
        return self._nearest(wanted, offered)

    @staticmethod
    def _nearest(wanted: RateName, offered: list[RateName]) -> list[RateName]:
        """Give names that have the text in them, then those that are spelt alike, some of them."""
        by_name = {rate.name.lower(): rate for rate in reversed(offered)}
        text = wanted.name.lower()
        inside = sorted(
            (name for name in by_name if text and text in name), key=lambda name: (len(name), name)
        )
        alike = get_close_matches(text, by_name, n=MOST_NEAR, cutoff=_ALIKE)
        return [by_name[name] for name in dict.fromkeys([*inside, *alike])][:MOST_NEAR]
