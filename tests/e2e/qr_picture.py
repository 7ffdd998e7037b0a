# SPDX-License-Identifier: MPL-2.0
"""Reads a picture of a QR code back into squares, and says which squares a text makes: to see that it can be scanned."""

import ctypes
import struct
import zlib

LEVEL_M = 1


def squares_of(text, level=LEVEL_M):
    """What libqrencode makes of a text: rows of True (dark) and False."""
    class Code(ctypes.Structure):
        _fields_ = [("version", ctypes.c_int), ("width", ctypes.c_int), ("data", ctypes.POINTER(ctypes.c_ubyte))]

    library = ctypes.CDLL("libqrencode.so.4")
    library.QRcode_encodeString8bit.restype = ctypes.POINTER(Code)
    code = library.QRcode_encodeString8bit(text.encode(), 0, level).contents
    return [[bool(code.data[y * code.width + x] & 1) for x in range(code.width)] for y in range(code.width)]


def _chunks(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n", png[:16]
    at = 8
    while at < len(png):
        size, = struct.unpack(">I", png[at:at + 4])
        kind, data = png[at + 4:at + 8], png[at + 8:at + 8 + size]
        assert zlib.crc32(kind + data) == struct.unpack(">I", png[at + 8 + size:at + 12 + size])[0], kind
        yield kind, data
        at += 12 + size
    assert kind == b"IEND"


def _unfilter(data, width_bytes, height):
    rows, before = [], bytes(width_bytes)
    for y in range(height):
        kind, row = data[y * (width_bytes + 1)], bytearray(data[y * (width_bytes + 1) + 1:(y + 1) * (width_bytes + 1)])
        for x in range(width_bytes):
            left, up, corner = row[x - 1] if x else 0, before[x], before[x - 1] if x else 0
            nearest = min((left, up, corner), key=lambda value: abs(left + up - corner - value))
            row[x] = (row[x] + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
        rows.append(bytes(row))
        before = row
    return rows


def pixels_of(png):
    """Rows of True (dark) and False of a grey or black-and-white picture."""
    chunks = {}
    for kind, data in _chunks(png):
        chunks[kind] = chunks.get(kind, b"") + data
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert colours == 0 and depth in (1, 8) and not interlaced, "a picture in other colours than expected"
    width_bytes = (width * depth + 7) // 8
    rows = _unfilter(zlib.decompress(chunks[b"IDAT"]), width_bytes, height)
    if depth == 8:
        return [[value < 128 for value in row] for row in rows]
    return [[not row[x // 8] >> (7 - x % 8) & 1 for x in range(width)] for row in rows]


def read(png):
    """(squares, pixels of a square, squares of the quiet zone around)."""
    pixels = pixels_of(png)
    assert len(pixels) == len(pixels[0]), "not a square"
    border = next(index for index, row in enumerate(pixels) if any(row))
    # The first line begins with the upper edge of a finder pattern, which is seven squares wide.
    edge = pixels[border][border:]
    size = edge.index(False) // 7
    inner = pixels[border:len(pixels) - border]
    return [row[border:len(row) - border][::size] for row in inner[::size]], size, border // size
