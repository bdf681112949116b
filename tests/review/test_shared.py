from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from dqmtui.review.shared import Answers, SharedCalls
from tests.services.web import DEADLINE_S


async def test_equal_questions_share_one_call() -> None:
    calls, asked = SharedCalls(), 0
    asking, gate = asyncio.Event(), asyncio.Event()

    async def ask() -> str:
        nonlocal asked
        asked += 1
        asking.set()
        await gate.wait()
        return "answer"

    waiting = [asyncio.create_task(calls.get("question", ask)) for _ in range(5)]
    await asking.wait()
    gate.set()
    assert await asyncio.gather(*waiting) == ["answer"] * 5
    assert asked == 1
    assert len(calls) == 0


async def test_the_call_goes_on_for_those_who_still_wait_and_ends_with_the_last() -> None:
    calls = SharedCalls()
    gate, ended = asyncio.Event(), asyncio.Event()

    async def ask() -> str:
        try:
            await gate.wait()
        except asyncio.CancelledError:
            ended.set()
            raise
        return "answer"

    first = asyncio.create_task(calls.get("question", ask))
    second = asyncio.create_task(calls.get("question", ask))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert not ended.is_set()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await asyncio.wait_for(ended.wait(), DEADLINE_S)
    assert len(calls) == 0


async def test_an_error_reaches_everyone_and_the_next_question_is_asked_anew() -> None:
    calls, asked = SharedCalls(), 0

    async def ask() -> str:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        raise LookupError("no")

    results = await asyncio.gather(*(calls.get("q", ask) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [LookupError] * 3
    with pytest.raises(LookupError):
        await calls.get("q", ask)
    assert asked == 2


async def test_one_who_gives_up_as_the_answer_comes_takes_it_from_nobody() -> None:
    calls, asked = SharedCalls(), 0
    answers: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def ask() -> str:
        nonlocal asked
        asked += 1
        return await answers

    stays = asyncio.create_task(calls.get("question", ask))
    leaves = asyncio.create_task(calls.get("question", ask))
    await asyncio.sleep(0)
    answers.set_result("answer")
    leaves.cancel()
    assert await stays == "answer"
    with pytest.raises(asyncio.CancelledError):
        await leaves
    assert asked == 1
    assert len(calls) == 0


@pytest.mark.parametrize("steps", range(5))
async def test_the_only_one_may_give_up_at_any_step_of_the_answers_way(steps: int) -> None:
    calls = SharedCalls()
    answers: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def ask() -> str:
        return await answers

    leaves = asyncio.create_task(calls.get("question", ask))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    answers.set_result("answer")
    for _ in range(steps):
        await asyncio.sleep(0)
    leaves.cancel()
    outcome = await asyncio.gather(leaves, return_exceptions=True)
    assert outcome[0] == "answer" or isinstance(outcome[0], asyncio.CancelledError)
    assert len(calls) == 0

    async def ask_again() -> str:
        await asyncio.sleep(0)
        return "another answer"

    assert await calls.get("question", ask_again) == "another answer"


async def test_who_asks_while_a_given_up_call_is_still_ending_gets_a_call_of_their_own() -> None:
    calls, asked = SharedCalls(), 0
    ending, gate, answering = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow_to_end() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ending.set()
            await gate.wait()
        return "never"

    async def ask() -> str:
        nonlocal asked
        asked += 1
        await answering.wait()
        return "answer"

    first = asyncio.create_task(calls.get("question", slow_to_end))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    await ending.wait()
    second = asyncio.create_task(calls.get("question", ask))
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, return_exceptions=True)
    third = asyncio.create_task(calls.get("question", ask))
    await asyncio.sleep(0)
    answering.set()
    assert [await second, await third] == ["answer", "answer"]
    assert asked == 1
    assert len(calls) == 0


async def test_a_call_that_fails_after_everyone_gave_up_is_not_complained_of() -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    calls = SharedCalls()
    ended = asyncio.Event()

    async def ask() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
            raise LookupError("failed while it was being cancelled")

    asking = asyncio.create_task(calls.get("question", ask))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await ended.wait()
    del asking
    await asyncio.sleep(0)
    gc.collect()
    assert complaints == []


async def test_answers_are_kept_errors_are_not() -> None:
    answers, asked = Answers(), 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        if asked == 1:
            raise LookupError("no")
        return asked

    with pytest.raises(LookupError):
        await answers.get("question", ask)
    assert await answers.get("question", ask) == 2
    assert await answers.get("question", ask) == 2


async def test_fresh_answers_are_shared_by_those_who_wait_and_then_forgotten() -> None:
    answers, asked = Answers(), 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return asked

    assert await asyncio.gather(*(answers.fresh("question", ask) for _ in range(3))) == [1, 1, 1]
    assert await answers.fresh("question", ask) == 2


async def test_an_answer_of_none_is_an_answer() -> None:
    answers, asked = Answers(), 0

    async def ask() -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)

    await answers.get("question", ask)
    await answers.get("question", ask)
    assert asked == 1
