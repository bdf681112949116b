"""Which monitoring elements a name may mean."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from dqmtui.model.search import Query, SearchMode, search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.model.keys import MonitoringElement

_MOST_NEAR = 5


def elements_named(elements: Sequence[MonitoringElement], name: str) -> list[MonitoringElement]:
    """Give the element of exactly this name, else those whose last part it is, else those that contain it."""
    exact = [element for element in elements if element.me == name]
    last_part = [element for element in elements if element.short_name == name]
    if exact or last_part:
        return exact or last_part
    matches = search([element.me for element in elements], Query(name, SearchMode.LITERAL))
    return [elements[match.index] for match in matches]


def nearest_elements(elements: Sequence[MonitoringElement], name: str) -> list[MonitoringElement]:
    """Give the few elements whose names are most like one that none has in it, the nearest first."""
    names = [element.me for element in elements]
    near = [match.index for match in search(names, Query(name, SearchMode.FUZZY))[:_MOST_NEAR]]
    near = near or [names.index(found) for found in get_close_matches(name, names, n=_MOST_NEAR)]
    return [elements[index] for index in near]
