"""A stored table that would not fit into memory is refused before it is unpacked."""

import resource
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eum.errors import InputError
from eum.parquet_limits import TableLimit, require_reasonable_parquet


def bomb(path: Path, n_rows: int, text: str) -> Path:
    """Write a small file of many rows that all hold one text."""
    part = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n_rows, dtype=np.int8)), pa.array([text]))
    pq.write_table(pa.table({"x": part}), path, compression="zstd")
    return path


def test_an_ordinary_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table = pd.DataFrame({"x": np.arange(200_000), "name": ["a", "가나다"] * 100_000, "none": [None] * 200_000})
    table.to_parquet(path)
    require_reasonable_parquet(path.read_bytes(), path)


@pytest.mark.parametrize(
    ("n_rows", "text", "told"),
    [
        (1_000_001, "a", r"1000001 rows of 1 columns; expected at most 1000000 values"),
        (20_000, "long " * 20_000, r"column 'x': over 1000000000 bytes of text"),
    ],
)
def test_a_small_file_of_a_huge_table_is_refused_by_name(tmp_path: Path, n_rows: int, text: str, told: str) -> None:
    path = bomb(tmp_path / "t.parquet", n_rows, text)
    assert path.stat().st_size < 200_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=rf"t\.parquet: .*{told}"):
        require_reasonable_parquet(path.read_bytes(), path, TableLimit(1_000_000, 1_000_000_000))
    if sys.platform == "linux":
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_what_is_no_table_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    for content in (b"", b"PAR1", b"x" * 100):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"t\.parquet: not a readable Parquet file"):
            require_reasonable_parquet(content, path)
