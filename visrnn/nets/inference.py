"""Per-character probabilities, computed block by block with the state carried."""

import os
import warnings
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load
from torch import Tensor

from visrnn.corpus.corpus import Part
from visrnn.nets.modules import Net, build_net
from visrnn.predictions.cards import NetCard, read_net_card
from visrnn.settings.names import parse_run
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_checked, report_damage

BLOCK = 100


def pick_device(name: str) -> torch.device:
    """The device that `name` asks for: cpu, cuda, mps, or auto for cuda where there is a GPU.

    mps is the GPU of a Mac; auto does not take it, as nobody has tried it. A GPU computes in
    float32, with kernels that give the same bits each time where there are such.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("device: cuda was asked for, but PyTorch finds no GPU; set device: auto")
    if name == "mps" and not torch.backends.mps.is_available():
        raise InputError(
            "device: mps was asked for, but PyTorch finds no GPU of a Mac; set device: auto"
        )
    if name == "cuda":
        # cuBLAS reads it when it starts; fused LSTMs need it for the same bits.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        # As torch.use_deterministic_algorithms, which imports PyTorch's compiler as well: seconds.
        torch.set_deterministic_debug_mode("warn")
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        torch.backends.cudnn.allow_tf32 = False
        # Weights are put in cuDNN's order for each pass: little work beside a layer's.
        warnings.filterwarnings("ignore", "RNN module weights are not part of single contiguous")
    return torch.device(name)


def device_name(device: torch.device) -> str:
    """What a card says of a device: cpu, mps, or the name of the GPU."""
    return torch.cuda.get_device_name() if device.type == "cuda" else device.type


@torch.inference_mode()
def right_probabilities(net: Net, part: Part, device: torch.device) -> np.ndarray:
    """The probability that the net gives to each character of a part, float32 [streams, length].

    Each stream starts from the zero state and is read once, state carried (the paper's section
    3.2); the first character is predicted from the one before it in the text.
    """
    net.eval()
    streams, length = part.tokens.shape
    before, right = part_tensors(part, device)
    prob = np.empty((streams, length), np.float32)
    state = net.start(streams)
    for start in range(0, length, BLOCK):
        block = slice(start, start + BLOCK)
        logits, state = net(before[:, block], state)  # [streams, steps, symbols]
        log_prob = logits.log_softmax(2).gather(2, right[:, block].unsqueeze(2)).squeeze(2)
        prob[:, block] = log_prob.exp().cpu().numpy()
    return prob


def part_tensors(part: Part, device: torch.device) -> tuple[Tensor, Tensor]:
    """The tokens before those of a part, and the part's own, int64 [streams, length]."""
    before, right = (
        torch.from_numpy(tokens.astype(np.int64)).to(device)
        for tokens in (part.previous, part.tokens)
    )
    return before, right


def load_net(folder: str | Path, device: torch.device) -> tuple[Net, NetCard]:
    """The trained net in a run's folder, and its card. Raises InputError for damaged weights."""
    card = read_net_card(Path(folder, "card.json"))
    path = Path(folder, "weights.safetensors")
    data = read_checked(path, card.weights_sha256, "weights")
    net = build_net(parse_run(card.run), card.hidden, card.symbols)
    with report_damage(path, "weights"):
        net.load_state_dict(load(data))
    return net.to(device), card
