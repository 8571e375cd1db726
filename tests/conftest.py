import os
from pathlib import Path

import pytest

# Nets this small gain nothing from a second core, and wait for each other where it is taken.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of the paper's corpora and KenLM's figures, where the environment names one."""
    folder = os.environ.get("VISRNN_TEST_DATA")
    if not folder:
        pytest.skip("VISRNN_TEST_DATA names no folder with the paper's corpora")
    return Path(folder)
