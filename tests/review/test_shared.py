from __future__ import annotations

import asyncio

import pytest

from dqmtui.review.shared import SharedCalls


async def test_equal_questions_share_one_call() -> None:
    calls, asked = SharedCalls(), 0
    gate = asyncio.Event()

    async def ask() -> str:
        nonlocal asked
        asked += 1
        await gate.wait()
        return "answer"

    waiting = [asyncio.create_task(calls.get("question", ask)) for _ in range(5)]
    while not asked:
        await asyncio.sleep(0)
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
    await asyncio.wait_for(ended.wait(), 5)
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
