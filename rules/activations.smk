rule record_activations:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        card="results/{corpus}/runs/{run}/card.json",
        weights="results/{corpus}/runs/{run}/weights.safetensors",
    output:
        activations="results/{corpus}/runs/{run}/activations.parquet",
        saturation="results/{corpus}/runs/{run}/saturation.parquet",
        streams="results/{corpus}/runs/{run}/saturation_streams.parquet",
    log:
        "logs/{corpus}/record_activations/{run}.log",
    benchmark:
        "logs/{corpus}/record_activations/{run}.tsv"
    priority: CHAIN
    resources:
        mem_mb=retry_memory(1500, 40),
        runtime=60,
        gpu_share=gpu_share,
    params:
        recorded_characters=corpus_setting("recorded_characters"),
        device=SETTINGS["device"],
        code=code("record_activations.py"),
    script:
        "../workflow/scripts/record_activations.py"


rule gather_saturation:
    input:
        saturation=recorded_files("saturation.parquet"),
        streams=recorded_files("saturation_streams.parquet"),
        cards=recorded_files("card.json"),
    output:
        saturation="results/{corpus}/analysis/saturation.parquet",
        layers="results/{corpus}/analysis/saturation_layers.parquet",
        claims="results/{corpus}/analysis/saturation_claims.parquet",
    log:
        "logs/{corpus}/gather_saturation.log",
    benchmark:
        "logs/{corpus}/gather_saturation.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("gather_saturation.py"),
    script:
        "../workflow/scripts/gather_saturation.py"


rule write_saturation:
    input:
        claims="results/{corpus}/analysis/saturation_claims.parquet",
    output:
        csv="results/{corpus}/tables/saturation.csv",
        md="results/{corpus}/tables/saturation.md",
        html=shown("results/{corpus}/tables/saturation.html"),
    log:
        "logs/{corpus}/write_saturation.log",
    benchmark:
        "logs/{corpus}/write_saturation.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("write_saturation.py"),
    script:
        "../workflow/scripts/write_saturation.py"


rule plot_saturation:
    input:
        saturation="results/{corpus}/analysis/saturation.parquet",
        layers="results/{corpus}/analysis/saturation_layers.parquet",
        style=STYLE,
    output:
        png=shown("results/{corpus}/figures/saturation.png"),
        pdf="results/{corpus}/figures/saturation.pdf",
    log:
        "logs/{corpus}/plot_saturation.log",
    benchmark:
        "logs/{corpus}/plot_saturation.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("plot_saturation.py"),
    script:
        "../workflow/scripts/plot_saturation.py"
