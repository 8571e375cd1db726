rule train_net:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
    output:
        card="results/{corpus}/runs/{run}/card.json",
        weights="results/{corpus}/runs/{run}/weights.safetensors",
        history="results/{corpus}/runs/{run}/history.parquet",
        predictions="results/{corpus}/runs/{run}/predictions.parquet",
        validation="results/{corpus}/runs/{run}/validation.parquet",
        snapshots="results/{corpus}/runs/{run}/snapshots.safetensors",
    log:
        "logs/{corpus}/train_net/{run}.log",
    benchmark:
        "logs/{corpus}/train_net/{run}.tsv"
    priority: net_priority
    threads: net_threads
    resources:
        mem_mb=retry_memory(3500, 60),
        runtime=24 * 60,
        gpu_share=gpu_share,
    params:
        recipe=net_recipe,
        like=corpus_setting("nnn_like"),
        snapshots=net_snapshots,
        device=SETTINGS["device"],
        code=code("train_net.py"),
    script:
        "../workflow/scripts/train_net.py"


# Where a grid of dropout is asked for, a net is the best of those that were trained with it.
if SETTINGS["dropout_grid"]:

    use rule train_net as train_candidate with:
        output:
            card="results/{corpus}/runs/{run}/dropout-{rate}/card.json",
            weights="results/{corpus}/runs/{run}/dropout-{rate}/weights.safetensors",
            history="results/{corpus}/runs/{run}/dropout-{rate}/history.parquet",
            predictions="results/{corpus}/runs/{run}/dropout-{rate}/predictions.parquet",
            validation="results/{corpus}/runs/{run}/dropout-{rate}/validation.parquet",
            snapshots="results/{corpus}/runs/{run}/dropout-{rate}/snapshots.safetensors",
        log:
            "logs/{corpus}/train_candidate/{run}/{rate}.log",
        benchmark:
            "logs/{corpus}/train_candidate/{run}/{rate}.tsv"
        params:
            recipe=lambda wildcards: net_recipe(wildcards) | {"dropout": float(wildcards.rate)},
            like=corpus_setting("nnn_like"),
            snapshots=net_snapshots,
            device=SETTINGS["device"],
            code=code("train_net.py"),

    rule choose_dropout:
        input:
            cards=candidates("card.json"),
            weights=candidates("weights.safetensors"),
            histories=candidates("history.parquet"),
            predictions=candidates("predictions.parquet"),
            validation=candidates("validation.parquet"),
            snapshots=candidates("snapshots.safetensors"),
        output:
            card="results/{corpus}/runs/{run}/card.json",
            weights="results/{corpus}/runs/{run}/weights.safetensors",
            history="results/{corpus}/runs/{run}/history.parquet",
            predictions="results/{corpus}/runs/{run}/predictions.parquet",
            validation="results/{corpus}/runs/{run}/validation.parquet",
            snapshots="results/{corpus}/runs/{run}/snapshots.safetensors",
        log:
            "logs/{corpus}/choose_dropout/{run}.log",
        benchmark:
            "logs/{corpus}/choose_dropout/{run}.tsv"
        resources:
            mem_mb=retry_memory(1000),
            runtime=10,
        params:
            code=code("choose_dropout.py"),
        script:
            "../workflow/scripts/choose_dropout.py"

    ruleorder: choose_dropout > train_net


# Nets that were trained before, or elsewhere. Which they are depends on the corpus.
for corpus, settings in SETTINGS["corpora"].items():
    if not settings["trained"]:
        continue

    rule:
        name:
            f"bring_nets_{corpus}"
        input:
            tokens="results/{corpus}/corpus/tokens.npy",
            manifest="results/{corpus}/corpus/manifest.json",
            files=trained_files,
        output:
            card="results/{corpus}/runs/{run}/card.json",
            weights="results/{corpus}/runs/{run}/weights.safetensors",
            history="results/{corpus}/runs/{run}/history.parquet",
            predictions="results/{corpus}/runs/{run}/predictions.parquet",
            validation="results/{corpus}/runs/{run}/validation.parquet",
        log:
            "logs/{corpus}/bring_nets/{run}.log",
        benchmark:
            "logs/{corpus}/bring_nets/{run}.tsv"
        wildcard_constraints:
            corpus=corpus,
            run="|".join(settings["trained"]),
        resources:
            mem_mb=retry_memory(2000, 60),
            runtime=60,
            gpu_share=gpu_share,
        params:
            folder=lambda wildcards: SETTINGS["corpora"][wildcards.corpus]["trained"][wildcards.run],
            device=SETTINGS["device"],
            code=code("bring_net.py"),
        script:
            "../workflow/scripts/bring_net.py"

    for training in ("train_net", *["choose_dropout"] * bool(SETTINGS["dropout_grid"])):
        workflow.ruleorder(f"bring_nets_{corpus}", training)
