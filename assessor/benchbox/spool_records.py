"""Records of a spool: length, CRC32 and JSON, found again behind damage (bytes ↔ values).

The mark before each record cannot stand in JSON: 0xF5 is in no UTF-8 text.
"""

import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from mmap import mmap

MARK = b"\xf5SP1"
_HEAD = struct.Struct("<4sII")  # mark, bytes of the text, CRC32 of both
_LENGTH = struct.Struct("<I")
MOST_BYTES = 1 << 16  # of one text: a length beyond it is damage

Data = bytes | mmap


@dataclass(frozen=True, slots=True)
class Record:
    """A whole record from `at` to `end`; `text` is its JSON."""

    at: int
    end: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are no record. At the end of the file: the last record, torn."""

    at: int
    end: int


def packed(value: Mapping[str, object]) -> bytes:
    """As it stands in the file. ValueError for what is too long."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    if len(text) > MOST_BYTES:
        raise ValueError(f"a record may have {MOST_BYTES} bytes, this one has {len(text)}")
    return _HEAD.pack(MARK, len(text), _sum_of(text)) + text


def records(data: Data, at: int = 0) -> Iterator[Record | Damage]:
    """What stands in the file from `at` on, in its order."""
    while at < len(data):
        found: Record | Damage = _record_at(data, at) or _damage_from(data, at)
        yield found
        at = found.end


def _sum_of(text: bytes) -> int:
    return zlib.crc32(text, zlib.crc32(_LENGTH.pack(len(text))))


def _record_at(data: Data, at: int) -> Record | None:
    if at + _HEAD.size > len(data):
        return None
    mark, length, expected = _HEAD.unpack(data[at : at + _HEAD.size])
    begin, end = at + _HEAD.size, at + _HEAD.size + length
    if mark != MARK or length > MOST_BYTES or end > len(data):
        return None
    text = data[begin:end]
    return Record(at, end, text) if _sum_of(text) == expected else None


def _damage_from(data: Data, at: int) -> Damage:
    """Up to the next whole record, or the end."""
    following = data.find(MARK, at + 1)
    while following >= 0 and _record_at(data, following) is None:
        following = data.find(MARK, following + 1)
    return Damage(at, following if following >= 0 else len(data))
