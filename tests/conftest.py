import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of the paper's corpora and KenLM's figures, where the environment names one."""
    folder = os.environ.get("VISRNN_TEST_DATA")
    if not folder:
        pytest.skip("VISRNN_TEST_DATA names no folder with the paper's corpora")
    return Path(folder)
