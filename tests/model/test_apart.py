"""Names in a legend."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.apart import told_apart

LAYERS = [f"{name}_PXLayer_{layer}" for name in ("charge", "size") for layer in (1, 2)]
TRACKS = [
    "NumberOfTracks_GenTk",
    "NumberOfRecHitsPerTrack_GenTk",
    "Chi2oNDF_GenTk",
    "TrackPt_ImpactPoint_GenTk",
    "TrackEta_ImpactPoint_GenTk",
    "TrackPhi_ImpactPoint_GenTk",
]


def test_names_that_have_room_are_left_as_they_are() -> None:
    assert told_apart(LAYERS, 100) == LAYERS


@pytest.mark.parametrize(
    ("names", "room", "told"),
    [
        (LAYERS, 40, ["charge_1", "charge_2", "size_1", "size_2"]),
        (TRACKS, 55, ["NumberOfTracks", "NumberOfRecHitsPer", "Chi2oNDF", "Pt", "Eta", "Phi"]),
        # a number alone says nothing
        (["Summary__TEC__wheel__1", "Summary__TEC__wheel__2"], 20, ["wheel_1", "wheel_2"]),
        # signs are part of a name
        (["charge_PXDisk_+1", "charge_PXDisk_-1"], 20, ["PXDisk_+1", "PXDisk_-1"]),
        # what is between parts may be all that differs
        (["charge_12", "charge/12"], 12, ["c…e_12", "c…e/12"]),
        # of paths the folders in which they differ
        (["A/B/charge_1", "A/C/charge_1"], 6, ["B", "C"]),
    ],
)
def test_what_names_have_in_common_goes_first(names: list[str], room: int, told: list[str]) -> None:
    assert told_apart(names, room) == told


@pytest.mark.parametrize("names", [LAYERS, TRACKS, [f"OnTrack_layer_{at}" for at in range(1, 7)]])
@pytest.mark.parametrize("cells", [4, 6, 8, 11])
def test_different_names_stay_different_down_to_few_cells_each(names: list[str], cells: int) -> None:
    told = told_apart(names, cells * len(names))
    assert len(set(told)) == len(names)
    assert sum(map(len, told)) <= cells * len(names)


@given(st.lists(st.text(alphabet="aB1_/ +", max_size=20), max_size=7), st.integers(0, 90))
def test_no_name_takes_more_than_its_room_or_gets_longer(names: list[str], room: int) -> None:
    told = told_apart(names, room)
    assert [len(one) <= len(name) for one, name in zip(told, names, strict=True)] == [True] * len(names)
    assert sum(map(len, told)) <= max(room, len(names))
    assert [one == "" for one in told] == [name == "" for name in names]


def test_a_name_from_a_server_is_made_harmless() -> None:
    assert "\x1b" not in told_apart(["a\x1b[2J"], 50)[0]
