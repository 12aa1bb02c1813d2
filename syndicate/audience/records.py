"""The records of a CSV file. An open quote swallows lines: those are found again, one by one."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

OPEN_QUOTE = "has a quote that is not closed on its line; the lines after it were read on their own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record, its cells stripped. `fault` says why it cannot be believed; empty where it can."""

    cells: tuple[str, ...]
    fault: str = ""


def read_records(text: str, *, single: Sequence[str]) -> Iterator[Record]:
    """The records of a CSV text, separated by commas, semicolons or tabs; the first is the heading.

    Only LF, CR and CRLF end a line (RFC 4180): names may hold what Unicode counts as a line break too. A
    record over several lines is believed where no line break stands in the columns `single`, and where no
    line that it takes in holds what may be an address. Else its first line alone is taken, with a fault.
    """
    lines = list(io.StringIO(text, newline=""))
    delimiter = max(",;\t", key=(lines[0] if lines else "").count)
    heading: list[str] = []
    position = 0
    while position < len(lines):
        record, taken = _next(lines, position, delimiter)
        if taken > 1 and _swallows(lines[position + 1 : position + taken], record, heading, single):
            record, taken = _alone(lines[position], delimiter, OPEN_QUOTE), 1
        heading = heading or [cell.lower() for cell in record.cells]
        position += taken
        yield record


def _next(lines: list[str], position: int, delimiter: str) -> tuple[Record, int]:
    reader = csv.reader(_from(lines, position), delimiter=delimiter, strict=True)
    try:
        return Record(cells=_stripped(next(reader))), reader.line_num
    except csv.Error as error:
        fault = OPEN_QUOTE if reader.line_num > 1 else f"is no CSV: {error}"
        return _alone(lines[position], delimiter, fault), 1


def _from(lines: list[str], position: int) -> Iterator[str]:
    return (lines[at] for at in range(position, len(lines)))


def _alone(line: str, delimiter: str, fault: str) -> Record:
    try:
        cells = _stripped(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        cells = ()
    return Record(cells=cells, fault=fault)


def _swallows(lines: Sequence[str], record: Record, heading: list[str], single: Sequence[str]) -> bool:
    cells = dict(zip(heading, record.cells, strict=False))
    broken = any(not {"\n", "\r"}.isdisjoint(cells.get(name, "")) for name in single)
    return broken or any("@" in line for line in lines)


def _stripped(cells: list[str]) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in cells)
