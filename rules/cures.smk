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


# What looks into the net as it reads, or goes on training it.
rule cure_inside:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        net="results/{corpus}/runs/{run}/card.json",
        weights="results/{corpus}/runs/{run}/weights.safetensors",
        predictions="results/{corpus}/runs/{run}/predictions.parquet",
        validation="results/{corpus}/runs/{run}/validation.parquet",
    output:
        card="results/{corpus}/runs/{run}+{cure}/card.json",
        predictions="results/{corpus}/runs/{run}+{cure}/predictions.parquet",
        validation="results/{corpus}/runs/{run}+{cure}/validation.parquet",
    log:
        "logs/{corpus}/cure_inside/{run}+{cure}.log",
    benchmark:
        "logs/{corpus}/cure_inside/{run}+{cure}.tsv"
    wildcard_constraints:
        cure="cache|memory|adapted",
    resources:
        mem_mb=retry_memory(3500, 200),
        runtime=240,
        gpu_share=gpu_share,
    params:
        device=SETTINGS["device"],
        code=code("cure_inside.py"),
    script:
        "../workflow/scripts/cure_inside.py"


rule cure_by_words:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        predictions="results/{corpus}/runs/{run}/predictions.parquet",
        validation="results/{corpus}/runs/{run}/validation.parquet",
    output:
        card="results/{corpus}/runs/{run}+words/card.json",
        predictions="results/{corpus}/runs/{run}+words/predictions.parquet",
        validation="results/{corpus}/runs/{run}+words/validation.parquet",
    log:
        "logs/{corpus}/cure_by_words/{run}+words.log",
    benchmark:
        "logs/{corpus}/cure_by_words/{run}+words.tsv"
    resources:
        mem_mb=retry_memory(1500, 60),
        runtime=120,
    params:
        code=code("cure_by_words.py"),
    script:
        "../workflow/scripts/cure_by_words.py"
