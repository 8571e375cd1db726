rule train_net:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
    output:
        card="results/{corpus}/runs/{run}/card.json",
        weights="results/{corpus}/runs/{run}/weights.safetensors",
        history="results/{corpus}/runs/{run}/history.parquet",
    log:
        "logs/{corpus}/train_net/{run}.log",
    benchmark:
        "logs/{corpus}/train_net/{run}.tsv"
    resources:
        mem_mb=4000,
        runtime=24 * 60,
    params:
        recipe=net_recipe,
        like=of_corpus("nnn_like"),
        device=SETTINGS["device"],
        code=code("train_net.py"),
    script:
        "../workflow/scripts/train_net.py"


rule predict_net:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        card="results/{corpus}/runs/{run}/card.json",
        weights="results/{corpus}/runs/{run}/weights.safetensors",
    output:
        predictions="results/{corpus}/runs/{run}/predictions.parquet",
    log:
        "logs/{corpus}/predict_net/{run}.log",
    benchmark:
        "logs/{corpus}/predict_net/{run}.tsv"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        device=SETTINGS["device"],
        code=code("predict_net.py"),
    script:
        "../workflow/scripts/predict_net.py"
