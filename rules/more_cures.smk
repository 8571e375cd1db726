# Cures that need no other model. What looks into the net as it reads, or goes on training it.
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
