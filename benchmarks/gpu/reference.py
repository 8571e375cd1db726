"""The losses of a CPU that the part `train` compares with.

    python -m benchmarks.gpu.reference

trains those of train.NETS that cpu_losses.json has not, on one thread, and adds them; to have all
anew, delete it first. A quarter of an hour on an idle core, half of it for the last two.
"""

import json
import platform
import time
from pathlib import Path

import torch

from benchmarks.gpu.common import Bench, generated_corpus
from benchmarks.gpu.train import CPU_LOSSES, NETS, cpu_losses


def main() -> None:
    torch.set_num_threads(1)
    bench = Bench(torch.device("cpu"), False, 0, Path(), None, "", print)
    known = json.loads(CPU_LOSSES.read_text()) if CPU_LOSSES.exists() else {"losses": {}}
    for name, recipe in NETS:
        if f"{name} {recipe}" in known["losses"]:
            continue
        started = time.monotonic()
        losses = known["losses"][f"{name} {recipe}"] = cpu_losses(bench, name, recipe)
        known |= {
            "command": "python -m benchmarks.gpu.reference",
            "tokens_sha256": generated_corpus(False).manifest["tokens_sha256"],
            "torch": torch.__version__,
            "machine": platform.machine(),
        }
        CPU_LOSSES.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
        print(name, recipe, losses, f"{time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
