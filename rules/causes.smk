rule ablate_units:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        properties="results/{corpus}/corpus/properties.parquet",
        card="results/{corpus}/runs/{run}/card.json",
        weights="results/{corpus}/runs/{run}/weights.safetensors",
        discovery="results/{corpus}/analysis/cell_discovery.parquet",
        predictions=class_files,
    output:
        ablation="results/{corpus}/runs/{run}/ablation.parquet",
        clamped_text="results/{corpus}/runs/{run}/clamped_text.parquet",
    log:
        "logs/{corpus}/ablate_units/{run}.log",
    benchmark:
        "logs/{corpus}/ablate_units/{run}.tsv"
    resources:
        mem_mb=retry_memory(2500, 85),
        runtime=120,
        gpu_share=gpu_share,
    params:
        characters=corpus_setting("recorded_characters"),
        clamp=cause_setting("clamp"),
        oracles=corpus_setting("oracles"),
        language=corpus_setting("language"),
        device=SETTINGS["device"],
        code=code("ablate_units.py"),
    script:
        "../workflow/scripts/ablate_units.py"


rule steer_text:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        card="results/{corpus}/runs/{run}/card.json",
        weights="results/{corpus}/runs/{run}/weights.safetensors",
        discovery="results/{corpus}/analysis/cell_discovery.parquet",
    output:
        steering="results/{corpus}/runs/{run}/steering.parquet",
    log:
        "logs/{corpus}/steer_text/{run}.log",
    benchmark:
        "logs/{corpus}/steer_text/{run}.tsv"
    resources:
        mem_mb=retry_memory(2000, 40),
        runtime=60,
        gpu_share=gpu_share,
    params:
        seed=cause_setting("seed"),
        patterns=corpus_setting("patterns"),
        language=corpus_setting("language"),
        device=SETTINGS["device"],
        code=code("steer_text.py"),
    script:
        "../workflow/scripts/steer_text.py"


rule study_context:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        card="results/{corpus}/runs/{run}/card.json",
        weights="results/{corpus}/runs/{run}/weights.safetensors",
        predictions=class_files,
        ngrams=control_files,
    output:
        context="results/{corpus}/runs/{run}/context.parquet",
    log:
        "logs/{corpus}/study_context/{run}.log",
    benchmark:
        "logs/{corpus}/study_context/{run}.tsv"
    resources:
        mem_mb=retry_memory(2500, 85),
        runtime=120,
        gpu_share=gpu_share,
    params:
        targets=cause_setting("targets"),
        oracles=corpus_setting("oracles"),
        language=corpus_setting("language"),
        device=SETTINGS["device"],
        code=code("study_context.py"),
    script:
        "../workflow/scripts/study_context.py"


rule study_connectivity:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        card="results/{corpus}/runs/{run}/card.json",
        weights="results/{corpus}/runs/{run}/weights.safetensors",
        predictions=class_files,
    output:
        connectivity="results/{corpus}/runs/{run}/connectivity.parquet",
        strips="results/{corpus}/runs/{run}/connectivity_text.parquet",
    log:
        "logs/{corpus}/study_connectivity/{run}.log",
    benchmark:
        "logs/{corpus}/study_connectivity/{run}.tsv"
    resources:
        mem_mb=retry_memory(2500, 85),
        runtime=60,
        gpu_share=gpu_share,
    params:
        seed=cause_setting("seed"),
        oracles=corpus_setting("oracles"),
        language=corpus_setting("language"),
        device=SETTINGS["device"],
        code=code("study_connectivity.py"),
    script:
        "../workflow/scripts/study_connectivity.py"
