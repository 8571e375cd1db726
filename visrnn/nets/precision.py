"""How precisely a device can sum."""

import torch


def widest(device: torch.device) -> torch.dtype:
    """float64, or float32 on Apple's GPUs, which have no wider numbers."""
    return torch.float32 if device.type == "mps" else torch.float64
