# What is done to a net, its base, whose run's name comes before the +. Each cure is a run like others.
rule mix_models:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        predictions=cure_files("predictions.parquet"),
        validation=cure_files("validation.parquet"),
    output:
        card="results/{corpus}/runs/{run}+{cure}/card.json",
        predictions="results/{corpus}/runs/{run}+{cure}/predictions.parquet",
        validation="results/{corpus}/runs/{run}+{cure}/validation.parquet",
    log:
        "logs/{corpus}/mix_models/{run}+{cure}.log",
    benchmark:
        "logs/{corpus}/mix_models/{run}+{cure}.tsv"
    wildcard_constraints:
        cure="ngrams|all|seeds|cells",
    resources:
        mem_mb=retry_memory(1500, 40),
        runtime=30,
    params:
        code=code("mix_models.py"),
    script:
        "../workflow/scripts/mix_models.py"


# By weights that change from character to character, or of whole distributions, or both.
rule gate_mixture:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        predictions=cure_files("predictions.parquet"),
        validation=cure_files("validation.parquet"),
        distributions=cure_distributions,
    output:
        card="results/{corpus}/runs/{run}+{cure}/card.json",
        predictions="results/{corpus}/runs/{run}+{cure}/predictions.parquet",
        validation="results/{corpus}/runs/{run}+{cure}/validation.parquet",
    log:
        "logs/{corpus}/gate_mixture/{run}+{cure}.log",
    benchmark:
        "logs/{corpus}/gate_mixture/{run}+{cure}.tsv"
    wildcard_constraints:
        cure="ngrams_gated|ngrams_logistic|all_logistic",
    resources:
        mem_mb=retry_memory(2000, 300),
        runtime=120,
    params:
        code=code("gate_mixture.py"),
    script:
        "../workflow/scripts/gate_mixture.py"


rule fit_temperature:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        predictions="results/{corpus}/runs/{run}/predictions.parquet",
        validation="results/{corpus}/runs/{run}/validation.parquet",
        distributions="results/{corpus}/runs/{run}/distributions.parquet",
    output:
        card="results/{corpus}/runs/{run}+temperature/card.json",
        predictions="results/{corpus}/runs/{run}+temperature/predictions.parquet",
        validation="results/{corpus}/runs/{run}+temperature/validation.parquet",
    log:
        "logs/{corpus}/fit_temperature/{run}+temperature.log",
    benchmark:
        "logs/{corpus}/fit_temperature/{run}+temperature.tsv"
    resources:
        mem_mb=retry_memory(1500, 120),
        runtime=30,
    params:
        code=code("fit_temperature.py"),
    script:
        "../workflow/scripts/fit_temperature.py"


# Whole distributions take much room, so they are removed when nothing needs them any more.
rule write_distributions:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        card="results/{corpus}/runs/{run}/card.json",
        weights="results/{corpus}/runs/{run}/weights.safetensors",
    output:
        distributions=temp("results/{corpus}/runs/{run}/distributions.parquet"),
    log:
        "logs/{corpus}/write_distributions/{run}.log",
    benchmark:
        "logs/{corpus}/write_distributions/{run}.tsv"
    resources:
        mem_mb=retry_memory(1500, 60),
        runtime=60,
        gpu_share=gpu_share,
    params:
        device=SETTINGS["device"],
        code=code("write_distributions.py"),
    script:
        "../workflow/scripts/write_distributions.py"


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
