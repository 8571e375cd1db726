rule compare_cures:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        cards=run_files("card.json", compared_runs),
        predictions=run_files("predictions.parquet", compared_runs),
    output:
        data="results/{corpus}/analysis/cures.parquet",
        csv="results/{corpus}/tables/cures.csv",
        md="results/{corpus}/tables/cures.md",
        html=shown("results/{corpus}/tables/cures.html"),
    log:
        "logs/{corpus}/compare_cures.log",
    benchmark:
        "logs/{corpus}/compare_cures.tsv"
    resources:
        mem_mb=retry_memory(3500, 60),
        runtime=30,
    params:
        bases=lambda wildcards: cured_runs(wildcards.corpus),
        cures=corpus_setting("cures"),
        scaling=corpus_setting("scaling"),
        oracles=corpus_setting("oracles"),
        language=corpus_setting("language"),
        code=code("compare_cures.py"),
    script:
        "../workflow/scripts/compare_cures.py"


# Times differ from one run to the next, so this is made by name alone.
rule measure_costs:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        cards=run_files("card.json", scored_runs),
        weights=net_files("weights.safetensors"),
        losses="results/{corpus}/analysis/losses.parquet",
    output:
        data="results/{corpus}/analysis/cure_costs.parquet",
    log:
        "logs/{corpus}/measure_costs.log",
    benchmark:
        "logs/{corpus}/measure_costs.tsv"
    resources:
        mem_mb=retry_memory(1500, 60),
        runtime=30,
    params:
        logs=lambda wildcards: f"logs/{wildcards.corpus}",
        code=code("measure_costs.py"),
    script:
        "../workflow/scripts/measure_costs.py"
