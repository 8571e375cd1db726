"""GPUs are told by their device files."""

import pytest

from visrnn.devices import find_gpus


@pytest.mark.parametrize(
    "there, found",
    [
        (["null", "nvidiactl", "nvidia-uvm"], []),
        (["nvidia0", "nvidia1", "nvidiactl"], ["nvidia0", "nvidia1"]),
        (["kfd", "null"], ["kfd"]),
    ],
)
def test_a_driver_without_a_device_is_no_gpu(tmp_path, there, found):
    for name in there:
        (tmp_path / name).touch()
    assert [path.name for path in find_gpus(tmp_path)] == found
