from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from visrnn.errors import InputError
from visrnn.fingerprints import fingerprint
from visrnn.names import parse_run
from visrnn.settings import load_settings, net_names, recipe_of, run_names

min_version("9.17")


# Of no effect without --sdm apptainer. docs/container.md says how to build it.
container: "visrnn.sif"


# A configuration that is named on the command line stands alone.
if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml"


try:
    SETTINGS = load_settings(config)
except InputError as error:
    raise WorkflowError(str(error)) from None


include: "rules/common.smk"
include: "rules/corpus.smk"
include: "rules/nets.smk"
include: "rules/ngrams.smk"
include: "rules/brought.smk"
include: "rules/losses.smk"
include: "rules/samples.smk"
include: "rules/activations.smk"
include: "rules/cells.smk"
include: "rules/embedding.smk"
include: "rules/errors.smk"
include: "rules/peeling.smk"
include: "rules/growth.smk"
include: "rules/targets.smk"


wildcard_constraints:
    corpus="|".join(SETTINGS["corpora"]),
    rate=r"[0-9.e-]+",
    run=r"(?!ngram)[a-z]+-[a-z0-9_-]+",


rule all:
    default_target: True
    input:
        [files_of(target) for target in TARGETS],
