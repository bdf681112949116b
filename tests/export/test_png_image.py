"""Our own small PNG: another reader finds the pixels that were written."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.export.colours import levels_of, ramp
from dqmtui.export.png_image import data_uri, indexed_png

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pixels_of(png: bytes) -> tuple[NDArray[np.uint8], list[tuple[int, ...]]]:
    """Read a PNG of indexed colours without filters, bit by bit; checks every sum."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        name, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        (check,) = struct.unpack(">I", png[at + 8 + size : at + 12 + size])
        assert check == zlib.crc32(name + data)
        chunks[name] = chunks.get(name, b"") + data
        at += 12 + size
    width, height, depth, kind, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert kind == 3
    raw = zlib.decompress(chunks[b"IDAT"])
    row = 1 + (width * depth + 7) // 8
    rows = []
    for start in range(0, row * height, row):
        assert raw[start] == 0
        bits = "".join(f"{byte:08b}" for byte in raw[start + 1 : start + row])
        rows.append([int(bits[x * depth : (x + 1) * depth], 2) for x in range(width)])
    palette = chunks[b"PLTE"]
    return np.array(rows, dtype=np.uint8), [tuple(palette[i : i + 3]) for i in range(0, len(palette), 3)]


@given(st.sampled_from([1, 2, 4, 5, 16, 17, 256]), st.integers(1, 21), st.integers(1, 9), st.randoms())
def test_an_image_is_read_back(colours: int, width: int, height: int, random: object) -> None:
    pixels = np.random.default_rng(width).integers(0, colours, (height, width)).astype(np.uint8)
    palette = ramp(colours)
    found, read = pixels_of(indexed_png(pixels, palette))
    np.testing.assert_array_equal(found, pixels)
    assert read == palette


def test_matplotlib_reads_it_as_well() -> None:
    pytest.importorskip("matplotlib", reason="the extra `png` is not installed")
    import io

    from matplotlib import image

    pixels = np.array([[0, 1], [2, 1]], dtype=np.uint8)
    read = image.imread(io.BytesIO(indexed_png(pixels, [(0, 0, 0), (255, 0, 0), (0, 0, 255)], clear=True)))
    assert read[0, 0, 3] == 0
    np.testing.assert_allclose(read[1, 0], [0, 0, 1, 1])


@pytest.mark.parametrize("colours", [0, 257])
def test_more_colours_than_there_can_be_are_refused(colours: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 256 colours"):
        indexed_png(np.zeros((1, 1), dtype=np.uint8), [(0, 0, 0)] * colours)


def test_a_page_can_hold_it() -> None:
    png = indexed_png(np.zeros((1, 1), dtype=np.uint8), [(1, 2, 3)])
    head, data = data_uri(png).split(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(data) == png


def test_J2_what_has_no_value_has_no_level() -> None:
    values = np.array([[np.nan, 0.0, 5.0], [10.0, 11.0, -np.inf]])
    np.testing.assert_array_equal(levels_of(values, 0.0, 10.0, 10), [[0, 1, 6], [10, 10, 0]])
