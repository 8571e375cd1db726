import os
import sys

# A text that is called queue.py is no module: here this folder comes last on the path of imports,
# and jobs don't look into the folder that they are in. In a module that is for its user to say.
if workflow.modifier.is_main_snakefile():
    here = os.path.abspath(workflow.current_basedir.get_path_or_uri(secret_free=True))
    sys.path.sort(key=lambda path: os.path.abspath(path) == here)
    os.environ.update(PYTHONSAFEPATH="1")

import gc
import re
from functools import cache
from hashlib import sha256
from math import ceil
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from visrnn.system.devices import has_gpu
from visrnn.system.exceptions import InputError
from visrnn.system.fingerprints import fingerprint
from visrnn.settings.cures import CURES
from visrnn.settings.names import net_of, net_pattern, parse_run
from visrnn.settings.settings import (
    load_settings,
    net_names,
    read_command_line,
    recipe_of,
    run_names,
)
from visrnn.settings.split import CEILING
from visrnn.settings.targets import TARGETS, find_target
from visrnn.settings.validation import check_keys

min_version("9.17")

# Snakemake's modules stay until it ends: looking through them for cycles is a sixth of its start.
gc.freeze()


# Of no effect without --sdm apptainer. docs/container.md says how to build it.
container: "visrnn.sif"


report: "workflow/report/study.rst"


# A configuration that is named on the command line stands alone.
if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml"


# Snakemake hands it to a shell as it stands.
if re.search(r"""[\s"'`$&;()<>|*?[\]{}\\]""", sys.executable):
    raise WorkflowError(
        f"{sys.executable}: Snakemake can start no job by a Python whose path has blanks, quotes "
        "or the like; rename its folder, or set up the environment elsewhere"
    )

try:
    for path in workflow.overwrite_configfiles or ["config/config.yaml"]:
        check_keys(path)
    config.update(read_command_line(config, workflow.config_settings.config))
    SETTINGS = load_settings(config)
    if SETTINGS["device"] == "mps":
        # What PyTorch lacks on a Mac's GPU, jobs do on the CPU.
        os.environ.update(PYTORCH_ENABLE_MPS_FALLBACK="1")
except InputError as error:
    raise WorkflowError(str(error)) from None


include: "rules/common.smk"
include: "rules/runs.smk"
include: "rules/resources.smk"
include: "rules/sources.smk"
include: "rules/corpus.smk"
include: "rules/nets.smk"
include: "rules/ngrams.smk"
include: "rules/external.smk"
include: "rules/cures.smk"
include: "rules/cure_tables.smk"
include: "rules/losses.smk"
include: "rules/samples.smk"
include: "rules/activations.smk"
include: "rules/cells.smk"
include: "rules/embedding.smk"
include: "rules/errors.smk"
include: "rules/peeling.smk"
include: "rules/causes.smk"
include: "rules/probes.smk"
include: "rules/counting.smk"
include: "rules/cause_tables.smk"
include: "rules/dynamics.smk"
include: "rules/claims.smk"
include: "rules/figures.smk"
include: "rules/explorer.smk"
include: "rules/report.smk"
include: "rules/targets.smk"


wildcard_constraints:
    corpus="|".join(SETTINGS["corpora"]),
    rate=r"[0-9.e-]+",
    run=net_pattern(named_recipes()),


rule all:
    default_target: True
    input:
        [target_files(target) for target in STUDY],
        reported(expand("logs/{corpus}/times.html", corpus=SETTINGS["corpora"])),


onerror:
    messages = "".join(Path(path).read_text(errors="replace") for path in log)
    if lines := list(failures(messages)):
        print("Failed, and why:", *lines, sep="\n", file=sys.stderr)
    if re.search("SIGKILL|status 137|OUT_OF_MEMORY", messages):
        print(
            "A job was killed from outside, most often because memory ran out. Nothing that was "
            "finished is lost: run again, with fewer jobs at once (--cores 1) or more memory.",
            file=sys.stderr,
        )
