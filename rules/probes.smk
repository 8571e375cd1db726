rule probe_cells:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        properties="results/{corpus}/corpus/properties.parquet",
        tables="results/{corpus}/corpus/context_tables.parquet",
        activations="results/{corpus}/runs/{run}/activations.parquet",
        discovery="results/{corpus}/runs/{run}/cell_discovery.parquet",
    output:
        probes="results/{corpus}/runs/{run}/probes.parquet",
    log:
        "logs/{corpus}/probe_cells/{run}.log",
    benchmark:
        "logs/{corpus}/probe_cells/{run}.tsv"
    resources:
        mem_mb=retry_memory(2500, 85),
        runtime=60,
    params:
        code=code("probe_cells.py"),
    script:
        "../workflow/scripts/probe_cells.py"


rule study_stability:
    input:
        activations=recorded_files("activations.parquet"),
        discovery="results/{corpus}/analysis/cell_discovery.parquet",
        scores="results/{corpus}/analysis/unit_scores.parquet",
        ablation="results/{corpus}/analysis/ablation.parquet",
    output:
        stability="results/{corpus}/analysis/stability.parquet",
        cells="results/{corpus}/analysis/stability_cells.parquet",
    log:
        "logs/{corpus}/study_stability.log",
    benchmark:
        "logs/{corpus}/study_stability.tsv"
    resources:
        mem_mb=retry_memory(3000, 85),
        runtime=60,
    params:
        runs=corpus_setting("activations"),
        code=code("study_stability.py"),
    script:
        "../workflow/scripts/study_stability.py"
