"""Finding an element by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.search import Query, SearchError, SearchMode, search

if TYPE_CHECKING:
    from collections.abc import Sequence

LAYERS = range(1, 5)
DISKS = ("+1", "+2", "+3", "-1", "-2", "-3")
PARAMETERS = "Tracking/TrackParameters"
TRACKER = [
    "PixelPhase1/Tracks/charge_PXBarrel",
    "PixelPhase1/Tracks/charge_PXForward",
    "PixelPhase1/Tracks/num_clusters_ontrack_PXBarrel",
    "PixelPhase1/Tracks/num_clusters_ontrack_PXForward",
    *[f"PixelPhase1/Tracks/PXBarrel/size_PXLayer_{layer}" for layer in LAYERS],
    *[f"PixelPhase1/Tracks/PXBarrel/charge_PXLayer_{layer}" for layer in reversed(LAYERS)],
    *[f"PixelPhase1/Tracks/PXForward/charge_PXDisk_{disk}" for disk in DISKS],
    *[f"PixelPhase1/Tracks/PXForward/size_PXDisk_{disk}" for disk in DISKS],
    "SiStrip/MechanicalView/MainDiagonal Position",
    "SiStrip/MechanicalView/NumberOfClustersInPixel",
    "SiStrip/MechanicalView/TEC/MINUS/wheel_1/NormalizedHitResiduals_TEC__wheel__1",
    "SiStrip/MechanicalView/TEC/MINUS/wheel_1/Summary_ClusterStoNCorr__OnTrack__TEC__MINUS__wheel__1",
    *[
        f"SiStrip/MechanicalView/TOB/layer_{layer}/Summary_ClusterStoNCorr__OnTrack__TOB__layer__{layer}"
        for layer in range(1, 7)
    ],
    *[f"PixelPhase1/Tracks/PXBarrel/clusterposition_zphi_ontrack_PXLayer_{layer}" for layer in LAYERS],
    *[
        f"PixelPhase1/Phase1_MechanicalView/PXBarrel/{what}_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_{n}"
        for what in ("clusters", "digi_occupancy")
        for n in LAYERS
    ],
    f"{PARAMETERS}/generalTracks/GeneralProperties/TrackPtLoose_ImpactPoint_GenTk",
    f"{PARAMETERS}/generalTracks/GeneralProperties/TrackPtTight_ImpactPoint_GenTk",
    f"{PARAMETERS}/highPurityTracks/pt_1/GeneralProperties/Chi2oNDF_GenTk",
    f"{PARAMETERS}/highPurityTracks/pt_1/GeneralProperties/TrackEta_ImpactPoint_GenTk",
    f"{PARAMETERS}/highPurityTracks/pt_1/GeneralProperties/TrackPhi_ImpactPoint_GenTk",
    f"{PARAMETERS}/highPurityTracks/pt_1/GeneralProperties/TrackPt_ImpactPoint_GenTk",
    "Tracking/PrimaryVertices/highPurityTracks/pt_0to1/offline/FractionOfGoodPVtx_offline",
    "Odd/occupancy[TIB] (layer 1)",
]
CHARGE_1 = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"


def hits(typed: str, names: Sequence[str] = TRACKER) -> list[str]:
    return [names[match.index] for match in search(names, Query.read(typed))]


def marked(typed: str, name: str) -> str:
    """Give the characters of a name that a query marks."""
    (match,) = search([name], Query.read(typed))
    return "".join(name[position] for position in match.positions)


# the three modes


@pytest.mark.parametrize(
    ("typed", "text", "mode"),
    [
        ("charge", "charge", SearchMode.FUZZY),
        ("=charge", "charge", SearchMode.LITERAL),
        ("~charge", "charge", SearchMode.REGEX),
        ("", "", SearchMode.FUZZY),
        ("=", "", SearchMode.LITERAL),
        ("~", "", SearchMode.REGEX),
        ("==", "=", SearchMode.LITERAL),
        ("a=b~c", "a=b~c", SearchMode.FUZZY),
    ],
)
def test_J9_the_first_character_says_the_mode(typed: str, text: str, mode: SearchMode) -> None:
    assert Query.read(typed) == Query(text, mode)


def test_J9_each_mode_has_a_name_to_be_stated() -> None:
    assert [mode.value for mode in SearchMode] == ["fuzzy", "literal", "regex"]


@pytest.mark.parametrize("typed", ["PXDisk_+1", "=PXDisk_+1", r"~PXDisk_\+1", "~PXDisk_[+]1"])
def test_J9_a_plus_in_a_name_works_in_each_mode(typed: str) -> None:
    assert set(hits(typed)) == {
        "PixelPhase1/Tracks/PXForward/charge_PXDisk_+1",
        "PixelPhase1/Tracks/PXForward/size_PXDisk_+1",
    }


@pytest.mark.parametrize("typed", ["MainDiagonal Position", "=MainDiagonal Position", "~Diagonal Pos"])
def test_J9_a_space_in_a_name_works_in_each_mode(typed: str) -> None:
    assert hits(typed) == ["SiStrip/MechanicalView/MainDiagonal Position"]


@pytest.mark.parametrize(
    "typed", ["[TIB] (layer", "occ[TIB]", "=[TIB] (layer 1)", r"~\[TIB\] \(layer", "~[[]TIB[]] [(]layer"]
)
def test_J9_brackets_in_a_name_work_in_each_mode(typed: str) -> None:
    assert hits(typed) == ["Odd/occupancy[TIB] (layer 1)"]


@pytest.mark.parametrize("typed", ["=PX.*_1", "=^Pixel", "=charge PXLayer", "= charge", r"=\d"])
def test_J9_literal_means_nothing_but_itself(typed: str) -> None:
    assert hits(typed) == []


@pytest.mark.parametrize("letter", list(r"\^$.|?*+()[]{}-&~#"))
def test_J9_every_sign_of_the_regex_language_can_be_searched_for(letter: str) -> None:
    names = ["plain", f"a{letter}b"]
    assert hits(f"a{letter}b", names) == [names[1]]
    assert hits(f"b{letter}", names) == []
    assert hits(f"={letter}", names) == [names[1]]
    assert hits(f"~{re.escape(letter)}", names) == [names[1]]


# literal


def test_J9_a_literal_query_ignores_case_unless_it_has_capitals() -> None:
    assert len(hits("=pxlayer_1")) == 5
    assert len(hits("=PXLayer_1")) == 5
    assert hits("=Pxlayer_1") == []


def test_J9_a_literal_query_ranks_names_that_end_in_it_first() -> None:
    assert hits("=charge", ["charge/a_long_one", "charge_PXBarrel", "size", "some/charge"]) == [
        "some/charge",
        "charge_PXBarrel",
        "charge/a_long_one",
    ]


def test_J9_a_literal_query_marks_its_last_occurrence() -> None:
    (match,) = search(["charge/charge_1"], Query.read("=charge"))
    assert match.positions == tuple(range(7, 13))


# regex


def test_J9_a_regular_expression_is_taken_as_written_and_keeps_the_order() -> None:
    assert hits(r"~charge_PXDisk_\+[12]$") == [
        "PixelPhase1/Tracks/PXForward/charge_PXDisk_+1",
        "PixelPhase1/Tracks/PXForward/charge_PXDisk_+2",
    ]
    assert hits("~pxdisk") == []
    assert len(hits("~(?i)pxdisk")) == 12
    assert marked("~PX[A-Z][a-z]+", CHARGE_1) == "PXBarrel"
    assert hits("~^Odd|^SiStrip/MechanicalView/Main")[0] == "SiStrip/MechanicalView/MainDiagonal Position"


@pytest.mark.parametrize("text", ["PXDisk_+1", "[[TIB]", "a||b", "^", "$", "x*", "(?=Pixel)", "[a||b]"])
def test_J9_an_odd_expression_that_compiles_is_searched_for_without_a_warning(text: str) -> None:
    search(TRACKER, Query(text, SearchMode.REGEX))


@pytest.mark.parametrize(
    "text", ["(", "[", "*", "PXDisk_(+1", "a{2,1}", "\\", "(?P<x", "a" * 3 + "{99999999999999}", "(" * 5000]
)
def test_J9_an_expression_that_does_not_compile_is_an_error_that_says_why(text: str) -> None:
    with pytest.raises(SearchError, match="is not a regular expression"):
        search(TRACKER, Query(text, SearchMode.REGEX))


def test_J9_an_expression_that_would_never_end_is_stopped_and_said() -> None:
    endless = Query("(a|aa)+$", SearchMode.REGEX)
    with pytest.raises(SearchError, match="takes too long"):
        search(["a" * 200 + "!"] * 50, endless)


# fuzzy


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("charge_PXLayer_1", CHARGE_1),
        ("charge layer 1", CHARGE_1),
        ("chargelayer1", CHARGE_1),
        ("chpxl1", CHARGE_1),
        ("layer 1 charge", CHARGE_1),
        ("CHARGE_PXLAYER_1", CHARGE_1),
        ("charge_PXLayer_3", "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_3"),
        ("size layer 2", "PixelPhase1/Tracks/PXBarrel/size_PXLayer_2"),
        ("charge disk -2", "PixelPhase1/Tracks/PXForward/charge_PXDisk_-2"),
        ("trackpt", f"{PARAMETERS}/highPurityTracks/pt_1/GeneralProperties/TrackPt_ImpactPoint_GenTk"),
        ("chi2", f"{PARAMETERS}/highPurityTracks/pt_1/GeneralProperties/Chi2oNDF_GenTk"),
        ("chargebarrel", "PixelPhase1/Tracks/charge_PXBarrel"),
        ("ncluspxb", "PixelPhase1/Tracks/num_clusters_ontrack_PXBarrel"),
        ("mdp", "SiStrip/MechanicalView/MainDiagonal Position"),
        (CHARGE_1, CHARGE_1),
    ],
)
def test_J9_a_fuzzy_query_ranks_what_is_meant_first(typed: str, first: str) -> None:
    assert hits(typed)[0] == first
    assert hits(typed, TRACKER[::-1])[0] == first


def test_J9_the_last_part_of_the_path_counts_more_than_the_folder() -> None:
    assert hits("charge", ["charge/PXLayer_1", "PXLayer/charge_1"])[0] == "PXLayer/charge_1"


def test_J9_a_whole_word_counts_more_than_a_part_of_one() -> None:
    assert hits("track", ["A/ontrack_x", "A/Tracking_x", "A/zzz_track_x"]) == [
        "A/zzz_track_x",
        "A/Tracking_x",
        "A/ontrack_x",
    ]


def test_J9_names_that_fit_alike_keep_their_order() -> None:
    names = ["A/size_b_1", "A/size_c_1", "A/size_a_1"]
    assert hits("size 1", names) == names


@pytest.mark.parametrize("typed", ["xyz", "charge qqq", "1_reyalxp", "charge_PXLayer_11"])
def test_J9_a_name_that_lacks_the_letters_in_order_does_not_fit(typed: str) -> None:
    assert hits(typed) == []


@pytest.mark.parametrize(
    ("typed", "name", "letters"),
    [
        ("charge layer 1", CHARGE_1, "chargeLayer1"),
        ("chargelayer1", CHARGE_1, "chargeLayer1"),
        ("chpxl1", CHARGE_1, "chPXL1"),
        ("PXDisk_+1", "PixelPhase1/Tracks/PXForward/size_PXDisk_+1", "PXDisk_+1"),
        ("size size", "A/size", "size"),
        ("abc", "axbc_b", "abc"),
        ("oct", "Phase1/occupancy_Tob", "ocT"),
    ],
)
def test_J9_the_matched_characters_are_marked(typed: str, name: str, letters: str) -> None:
    assert marked(typed, name) == letters


def test_J9_letters_are_taken_from_the_last_part_of_the_path_if_they_are_all_there() -> None:
    name = "chapel/xlayer1/charge_PXLayer_1"
    (match,) = search([name], Query.read("chpxl1"))
    assert min(match.positions) == name.rfind("/") + 1


@pytest.mark.parametrize(
    ("typed", "worse", "better"),
    [
        ("abcd", "A/xaxbxcxd", "A/xabxxxcd"),  # letters that run on
        ("abc", "A/xaxbxcx", "A/a_bx_cx"),  # letters that start words
        ("pl", "A/PXlayer", "A/PXLayer"),  # a capital starts a word
        ("x2", "A/x_12", "A/x1_2"),  # so does the first digit, and no other
        ("ab", "A/a_xbbx", "A/a_xb_b"),  # a start further on
        ("abc", "xaxbxc/z", "z/xaxbxc"),  # the last part of the path
        ("abc", "A/xaxyybxyyc", "A/xaxbxcyyyy"),  # letters close together
    ],
)
def test_J9_of_two_names_that_hold_the_letters_the_better_comes_first(
    typed: str, worse: str, better: str
) -> None:
    assert hits(typed, [worse, better]) == [better, worse]


def test_J9_a_run_of_letters_is_not_left_for_a_start_further_on() -> None:
    (match,) = search(["A/xab_b_xc"], Query.read("abxc"))
    assert match.positions == (3, 4, 8, 9)


def test_J9_of_names_that_fit_alike_the_shorter_comes_first() -> None:
    assert hits("size", ["A/B/C/the_size_of", "A/the_size_of"]) == ["A/the_size_of", "A/B/C/the_size_of"]


def test_J9_letters_that_grow_in_lower_case_do_not_move_the_marks() -> None:
    (match,) = search(["\u0130\u0130a"], Query.read("a"))
    assert match.positions == (2,)


@pytest.mark.parametrize("typed", ["", "=", "~", "   "])
def test_J9_an_empty_query_fits_every_name_in_order(typed: str) -> None:
    assert hits(typed) == TRACKER


def test_no_names_have_no_match() -> None:
    assert search([], Query.read("charge")) == []


names = st.lists(st.text(st.sampled_from("aAbB1_/+ []é"), max_size=12), max_size=8)


def is_spread_over(word: str, name: str) -> bool:
    letters = iter(name)
    return all(letter in letters for letter in word)


@given(names, st.text(st.sampled_from("aAbB1_/+ []é"), min_size=1, max_size=6))
def test_J9_fuzzy_finds_exactly_the_names_that_hold_the_words_or_else_their_letters_in_order(
    given_names: list[str], text: str
) -> None:
    words = text.lower().split()
    found = search(given_names, Query(text, SearchMode.FUZZY))
    spread = [
        index
        for index, name in enumerate(given_names)
        if all(is_spread_over(word, name.lower()) for word in words)
    ]
    in_one_piece = [
        index for index, name in enumerate(given_names) if all(word in name.lower() for word in words)
    ]
    assert sorted(match.index for match in found) == (in_one_piece or spread)
    for match in found:
        name = given_names[match.index].lower()
        letters = "".join(name[position] for position in match.positions)
        assert list(match.positions) == sorted(set(match.positions))
        assert all(is_spread_over(word, letters) for word in words)
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)


@given(names, st.text(st.sampled_from("aAbB1_/+ []é"), min_size=1, max_size=4))
def test_J9_literal_finds_exactly_the_names_that_contain_the_text(given_names: list[str], text: str) -> None:
    found = search(given_names, Query(text, SearchMode.LITERAL))
    fold = text == text.lower()
    assert sorted(match.index for match in found) == [
        index for index, name in enumerate(given_names) if text in (name.lower() if fold else name)
    ]
    for match in found:
        shown = "".join(given_names[match.index][position] for position in match.positions)
        assert (shown.lower() if fold else shown) == text


@given(names, st.lists(st.text(max_size=10), max_size=4), st.text(max_size=5), st.sampled_from("=~ "))
def test_J9_whatever_is_typed_the_marks_lie_on_the_name(
    given_names: list[str], odd_names: list[str], text: str, mode: str
) -> None:
    every = given_names + odd_names
    try:
        found = search(every, Query.read(mode + text))
    except SearchError:
        assert mode == "~"
        return
    for match in found:
        assert all(0 <= position < len(every[match.index]) for position in match.positions)


def test_J9_names_that_hold_every_word_push_out_those_that_only_have_the_letters() -> None:
    names = ["Tracks/charge_PXLayer_1", "c/h/a/r/g/e_PXLayer_1", "Tracks/charge_PXLayer_2"]
    assert [match.index for match in search(names, Query.read("charge PXLayer"))] == [0, 2]
    assert [match.index for match in search(names, Query.read("chrge PXLayer_1"))] == [0, 1]
