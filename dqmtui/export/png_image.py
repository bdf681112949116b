"""PNG images of indexed colours, written with zlib alone: small, sharp, and without any library of images."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Colour = tuple[int, int, int]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INDEXED = 3
_MOST_COLOURS = 256
_BITS = ((2, 1), (4, 2), (16, 4), (_MOST_COLOURS, 8))
"""Bits of a pixel that so many colours need."""


def indexed_png(pixels: NDArray[np.uint8], colours: list[Colour], *, clear: bool = False) -> bytes:
    """Write `pixels` (height, width), indices into `colours`, as a PNG; row 0 is the uppermost.

    With `clear` the first colour is transparent. Raises ValueError for more than 256 colours.
    """
    if not 0 < len(colours) <= _MOST_COLOURS:
        raise ValueError(f"a PNG has from 1 to 256 colours, not {len(colours)}")
    height, width = pixels.shape
    depth = next(bits for most, bits in _BITS if len(colours) <= most)
    header = struct.pack(">IIBBBBB", width, height, depth, _INDEXED, 0, 0, 0)
    rows = _packed(pixels, depth)
    # each row begins with the number of its filter: none, which suits indices best
    data = np.hstack([np.zeros((height, 1), dtype=np.uint8), rows]).tobytes()
    chunks = [(b"IHDR", header), (b"PLTE", bytes(part for colour in colours for part in colour))]
    if clear:
        chunks.append((b"tRNS", b"\x00"))
    chunks += [(b"IDAT", zlib.compress(data, 9)), (b"IEND", b"")]
    return _SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def data_uri(png: bytes) -> str:
    """Write an image so that a page can hold it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _packed(pixels: NDArray[np.uint8], depth: int) -> NDArray[np.uint8]:
    """Put several pixels into a byte where they are small, the leftmost highest."""
    if depth == _BITS[-1][1]:
        return pixels
    in_byte = 8 // depth
    missing = -pixels.shape[1] % in_byte
    padded = np.pad(pixels, ((0, 0), (0, missing))).reshape(pixels.shape[0], -1, in_byte)
    shifts = np.arange(in_byte - 1, -1, -1, dtype=np.uint8) * depth
    packed: NDArray[np.uint8] = np.bitwise_or.reduce(padded << shifts, axis=-1).astype(np.uint8)
    return packed
