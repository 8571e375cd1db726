"""Test every claim of the paper by what a study has."""

from visrnn.claims.claims import judge_claims
from visrnn.claims.read import class_reader, read_study
from visrnn.system.files import write_table
from visrnn.system.job import job

RECORDED = ("gate_units", "held", "saturation_streams", "nulls")
SINGLE = ("dynamics", "unit_scores", "cell_discovery", "character_gap", "closing_delimiter")
SINGLE += ("error_slices", "ablation", "context", "cures")

with job(snakemake.log[0]):
    source, params = snakemake.input, snakemake.params

    def files(name):
        given = source.get(name, [])
        return [given] if isinstance(given, str) else list(given)

    study = read_study(
        files("cards"),
        files("predictions"),
        files("weights"),
        # What may be missing comes as a list.
        {name: files(name)[0] for name in SINGLE if files(name)},
        {name: files(name) for name in RECORDED},
        class_reader(source.manifest, params.language, params.oracles, params.oracle_runs),
        params.language,
        params.paper,
    )
    write_table(snakemake.output.claims, judge_claims(study, snakemake.wildcards.corpus))
