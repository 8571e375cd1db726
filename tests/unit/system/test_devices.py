"""Whether there is a GPU: a driver's device file, and then PyTorch's own word."""

import sys

import pytest
import torch

from visrnn.system import devices


@pytest.mark.parametrize(
    "there, drivers",
    [
        (["null", "nvidiactl", "nvidia-uvm"], []),
        (["nvidia0", "nvidia1", "nvidiactl"], ["nvidia0", "nvidia1"]),
        (["kfd", "null"], ["kfd"]),
        (["dxg"], ["dxg"]),
    ],
)
def test_a_driver_without_a_device_is_no_gpu(tmp_path, there, drivers):
    for name in there:
        (tmp_path / name).touch()
    assert [path.name for path in devices.find_drivers(tmp_path)] == drivers


@pytest.mark.parametrize("drivers", [[], ["/dev/nvidia0"]])
def test_a_driver_is_no_gpu_that_pytorch_can_use(drivers, monkeypatch):
    monkeypatch.setattr(devices, "find_drivers", lambda: drivers)
    if not drivers:
        monkeypatch.setattr(sys, "executable", "nothing that can be run")
    devices.has_gpu.cache_clear()
    assert devices.has_gpu() == (bool(drivers) and torch.cuda.is_available())
    devices.has_gpu.cache_clear()
