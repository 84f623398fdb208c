"""How large a stored table may be: asked of its metadata, before any of it is unpacked.

A Parquet file of some kilobytes can stand for gigabytes: a value that is repeated is stored once.
"""

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from eum.errors import DamagedError, InputError


class TableLimit(NamedTuple):
    """The largest table that is read: rows times columns; bytes of the table, and of the text of any of its columns."""

    cells: int
    bytes: int


STUDY_LIMIT = TableLimit(20_000_000, 300_000_000)
"""Of tables of studies and of their runs; the largest of a study with 5000 runs has a hundredth of it."""


def require_reasonable_parquet(content: bytes, path: Path, limit: TableLimit = STUDY_LIMIT) -> None:
    """Raise InputError, naming the file, for Parquet that would not fit into memory, or that is none."""
    most_cells, most_bytes = limit
    try:
        about = pq.ParquetFile(pa.BufferReader(content)).metadata
        groups = [about.row_group(i) for i in range(about.num_row_groups)]
        n_cells, n_bytes = about.num_rows * about.num_columns, sum(group.total_byte_size for group in groups)
        if n_cells > most_cells:
            told = f"{about.num_rows} rows of {about.num_columns} columns; expected at most {most_cells} values"
            raise InputError(f"{path}: {told}")
        if n_bytes > most_bytes:
            raise InputError(f"{path}: {n_bytes} bytes unpacked; expected at most {most_bytes}")
        for column in range(about.num_columns):
            unpacked = sum(group.column(column).total_uncompressed_size for group in groups)
            # No text is longer than all that is stored of its column.
            if about.num_rows * unpacked > most_bytes:
                _require_reasonable_text(content, path, about.schema.column(column).path, most_bytes)
    except (OSError, pa.ArrowException) as error:
        raise DamagedError(f"{path}: not a readable Parquet file: {error}") from None


def _require_reasonable_text(content: bytes, path: Path, column: str, most_bytes: int) -> None:
    """Raise InputError for a column whose text is too long once each of its values is written out."""
    n_bytes = 0
    for batch in pq.ParquetFile(pa.BufferReader(content), read_dictionary=[column]).iter_batches(columns=[column]):
        for found in batch.columns:
            if not isinstance(found, pa.DictionaryArray):
                return
            lengths = pc.binary_length(found.dictionary)
            n_bytes += pc.sum(lengths.take(found.indices)).as_py() or 0
        if n_bytes > most_bytes:
            raise InputError(f"{path}: column {column!r}: over {most_bytes} bytes of text; expected at most that")
