"""Certification JSON as masks that expressions name: published ones, and files of the person's."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.review.certified import CertifiedMasks
from dqmtui.review.facts import Crashed, Notice, Severity
from dqmtui.review.session import connected
from dqmtui.review.tasks import Tasks
from dqmtui.store.settings import load_settings
from tests.services.web import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dqmtui.demo.process import DemoServices
    from dqmtui.services.errors import ServiceError

DATASET = "/ZeroBias/Run2024E-PromptReco-v1/DQMIO"
RUN = RunKey("tracker", 1, 379011)
NOT_THERE = RunKey("tracker", 1, 999_999)


@dataclass
class Heard:
    """Certified masks, and what they told."""

    masks: CertifiedMasks
    notices: list[Notice] = field(default_factory=list)
    came: int = 0
    failed: list[ServiceError] = field(default_factory=list)

    def mask(self, name: str, run: RunKey = RUN, dataset: str = DATASET) -> LSMask | None:
        """Ask for a mask and give what is known of it."""
        self.masks.want(name, run, dataset)
        return self.masks.mask(name, run, dataset)


@asynccontextmanager
async def certified_on(demo: DemoServices) -> AsyncIterator[Heard]:
    def crashed(error: BaseException) -> None:
        raise AssertionError(Crashed(error))

    def came() -> None:
        heard.came += 1

    def tell(notice: Notice) -> None:
        heard.notices.append(notice)

    async with connected(load_settings({}, {**demo.environment(), "DQMTUI_CACHE_SIZE_MB": "0"})) as data:
        failed: list[ServiceError] = []
        tasks = Tasks(failed.append, crashed)
        heard = Heard(CertifiedMasks(data, tasks.start, came, tell), failed=failed)
        try:
            yield heard
        finally:
            await tasks.close()


async def test_N6_the_newest_golden_json_is_loaded_when_it_is_first_wanted(demo: DemoServices) -> None:
    async with certified_on(demo) as heard:
        assert heard.masks.mask("golden", RUN, DATASET) is None
        assert heard.mask("golden") is None
        await until(lambda: heard.came == 1)
        golden, dcs = heard.mask("golden"), heard.mask("dcsonly")
        assert golden
        assert heard.masks.said("golden", RUN, DATASET).startswith("Cert_Collisions2024")
        assert dcs is None
        await until(lambda: heard.came == 2)
        dcs = heard.mask("dcsonly")
        assert dcs is not None
        assert not golden - dcs
        assert heard.notices == []


async def test_N6_a_run_that_the_json_does_not_have_has_no_golden_ls_and_says_so_once(
    demo: DemoServices,
) -> None:
    async with certified_on(demo) as heard:
        heard.mask("golden", NOT_THERE)
        await until(lambda: heard.came == 1)
        assert heard.mask("golden", NOT_THERE) == LSMask()
        assert heard.mask("golden", NOT_THERE) == LSMask()
        assert [notice.severity for notice in heard.notices] == [Severity.WARNING]
        assert "does not have run 999999" in heard.notices[0].text


async def test_a_file_of_the_person_stands_for_golden_alone(demo: DemoServices, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"generated_json": {"379011": [[5, 7], [1, 2]]}}')
    async with certified_on(demo) as heard:
        heard.masks.file = str(file)
        heard.mask("golden")
        await until(lambda: heard.came == 1)
        assert str(heard.mask("golden")) == "1-2,5-7"
        assert heard.masks.said("golden", RUN, DATASET) == "mine.json"
        heard.mask("muon")
        await until(lambda: heard.came == 2)
        assert heard.mask("muon") != heard.mask("golden")
        heard.masks.file = ""
        assert heard.mask("golden") is None


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "there is no such file"), ('{"379011": [[9, 3]]}', "run 379011"), ("[", "this is not JSON")],
)
async def test_a_file_that_is_no_certification_is_named_and_asked_for_again_when_it_is_mended(
    demo: DemoServices, tmp_path: Path, content: str | None, said: str
) -> None:
    file = tmp_path / "mine.json"
    if content is not None:
        file.write_text(content)
    async with certified_on(demo) as heard:
        heard.masks.file = str(file)
        heard.mask("golden")
        await until(lambda: heard.came == 1)
        assert heard.mask("golden") is None
        (notice,) = heard.notices
        assert notice.severity is Severity.ERROR
        assert said in notice.text
        assert str(file) in notice.text
        file.write_text('{"379011": [[1, -1]]}')
        heard.mask("golden")
        await asyncio.sleep(0)
        assert heard.came == 1
        heard.masks.forget()
        heard.mask("golden")
        await until(lambda: heard.came == 2)
        assert heard.mask("golden") == LSMask.all()


async def test_cosmics_have_no_published_certification_and_are_told_what_to_do(demo: DemoServices) -> None:
    cosmics = "/StreamExpressCosmics/Run2024E-Express-v1/DQMIO"
    async with certified_on(demo) as heard:
        heard.mask("golden", dataset=cosmics)
        await until(lambda: heard.came == 1)
        assert heard.mask("golden", dataset=cosmics) is None
        assert ":golden FILE" in heard.notices[0].text


async def test_a_class_that_the_service_does_not_know_fails_as_any_question_does(demo: DemoServices) -> None:
    other = "/ZeroBias/Run2031E-PromptReco-v1/DQMIO"
    async with certified_on(demo) as heard:
        heard.mask("golden", dataset=other)
        await until(lambda: bool(heard.failed))
        assert heard.mask("golden", dataset=other) is None
        assert heard.came == 1
