# Tables that the tests of claims look at, and the targets that they are made for.
CLAIM_TABLES = {
    "dynamics": "dynamics",
    "unit_scores": "cell_discovery",
    "cell_discovery": "cell_discovery",
    "character_gap": "character_gap",
    "closing_delimiter": "closing_delimiter",
    "error_slices": "error_peeling",
    "cures": "cures",
}


rule measure_units:
    input:
        activations="results/{corpus}/runs/{run}/activations.parquet",
        properties="results/{corpus}/corpus/properties.parquet",
        discovery="results/{corpus}/runs/{run}/cell_discovery.parquet",
        card="results/{corpus}/runs/{run}/card.json",
    output:
        gates="results/{corpus}/runs/{run}/gate_units.parquet",
        held="results/{corpus}/runs/{run}/held.parquet",
    log:
        "logs/{corpus}/measure_units/{run}.log",
    benchmark:
        "logs/{corpus}/measure_units/{run}.tsv"
    priority: CHAIN
    resources:
        mem_mb=retry_memory(1500, 40),
        runtime=20,
    params:
        code=code("measure_units.py"),
    script:
        "../workflow/scripts/measure_units.py"


rule judge_claims:
    input:
        **{table: target_data(target, table) for table, target in CLAIM_TABLES.items()},
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        cards=run_files("card.json"),
        predictions=run_files("predictions.parquet"),
        weights=net_files("weights.safetensors"),
        gate_units=recorded_files("gate_units.parquet"),
        held=recorded_files("held.parquet"),
        saturation_streams=recorded_files("saturation_streams.parquet"),
        nulls=recorded_files("nulls.parquet"),
        ablation=made("ablation"),
        context=made("context"),
    output:
        claims="results/{corpus}/analysis/claims.parquet",
    log:
        "logs/{corpus}/judge_claims.log",
    benchmark:
        "logs/{corpus}/judge_claims.tsv"
    resources:
        mem_mb=retry_memory(2000, 60),
        runtime=20,
    params:
        paper=corpus_setting("paper"),
        language=corpus_setting("language"),
        oracles=corpus_setting("oracles"),
        oracle_runs=lambda wildcards: oracle_runs(wildcards.corpus),
        code=code("judge_claims.py"),
    script:
        "../workflow/scripts/judge_claims.py"


rule write_claims:
    input:
        claims="results/{corpus}/analysis/claims.parquet",
    output:
        csv="results/{corpus}/tables/claims.csv",
        md="results/{corpus}/tables/claims.md",
        html=shown("results/{corpus}/tables/claims.html"),
        # Its links lead to files beside it, and nowhere from within a report.
        page="results/{corpus}/pages/claims.html",
    log:
        "logs/{corpus}/write_claims.log",
    benchmark:
        "logs/{corpus}/write_claims.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("write_claims.py"),
    script:
        "../workflow/scripts/write_claims.py"
