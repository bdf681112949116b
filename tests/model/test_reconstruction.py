"""How data were reconstructed, by the names of datasets."""

from __future__ import annotations

import pytest

from dqmtui.model.reconstruction import alike, differs, reconstruction

PROMPT = "/ZeroBias/Run2024E-PromptReco-v1/DQMIO"
EXPRESS = "/StreamExpress/Run2024E-Express-v1/DQMIO"
OF_ERA_D = "/ZeroBias/Run2024D-PromptReco-v1/DQMIO"
REPROCESSED = "/ZeroBias/Run2024D-22Sep2024-v1/DQMIO"
COSMICS = "/Cosmics/Run2024E-PromptReco-v1/DQMIO"


@pytest.mark.parametrize(
    ("dataset", "kind"),
    [
        (PROMPT, "prompt"),
        (EXPRESS, "express"),
        ("/StreamExpressCosmics/Run2024E-Express-v2/DQMIO", "express"),
        ("/ZeroBias/Run2023C-19Dec2023_ReReco-v1/DQMIO", "re-reco"),
        ("/ZeroBias/Run2024C-2024CDEReprocessing-v1/DQMIO", "re-reco"),
        (REPROCESSED, "re-reco"),
        ("/ZeroBias/Run2024D-PromptReco_1Jun2024-v1/DQMIO", "prompt"),
        ("/ZeroBias/Run2024D-122Sep2024-v1/DQMIO", ""),
        ("/ZeroBias/Run2024E-v1/DQMIO", ""),
        ("anything", ""),
    ],
)
def test_the_name_of_a_dataset_tells_its_reconstruction(dataset: str, kind: str) -> None:
    assert reconstruction(dataset) == kind


def test_J4_express_and_prompt_are_told_apart_and_so_are_primary_datasets() -> None:
    assert differs(PROMPT, EXPRESS) == "express, not prompt"
    assert differs(PROMPT, "/Cosmics/Run2024E-PromptReco-v1/DQMIO") == "Cosmics, not ZeroBias"
    assert differs(PROMPT, "/ZeroBias/Run2024C-PromptReco-v2/DQMIO") == ""
    assert differs(PROMPT, "anything") == ""
    assert differs(PROMPT, REPROCESSED) == "re-reco, not prompt"


@pytest.mark.parametrize(
    ("others", "chosen"),
    [
        ([EXPRESS, OF_ERA_D, PROMPT], [PROMPT]),
        ([EXPRESS, REPROCESSED, OF_ERA_D], [OF_ERA_D]),
        ([COSMICS, EXPRESS, REPROCESSED], [REPROCESSED]),
        ([COSMICS, EXPRESS], [COSMICS, EXPRESS]),
        ([EXPRESS], [EXPRESS]),
        ([], []),
    ],
)
def test_of_several_datasets_the_one_that_is_most_alike_is_taken(
    others: list[str], chosen: list[str]
) -> None:
    assert alike(PROMPT, others) == chosen
    assert alike(PROMPT, reversed(others)) == chosen[::-1]
