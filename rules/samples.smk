rule sample_text:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
        cards=net_files("card.json"),
        weights=net_files("weights.safetensors"),
    output:
        samples="results/{corpus}/analysis/samples.parquet",
    log:
        "logs/{corpus}/sample_text.log",
    benchmark:
        "logs/{corpus}/sample_text.tsv"
    resources:
        mem_mb=retry_memory(1500, 20),
        runtime=60,
    params:
        samples=corpus_setting("samples"),
        code=code("sample_text.py"),
    script:
        "../workflow/scripts/sample_text.py"


rule write_samples:
    input:
        samples="results/{corpus}/analysis/samples.parquet",
        steering=made("steering"),
    output:
        csv="results/{corpus}/tables/samples.csv",
        md="results/{corpus}/tables/samples.md",
        html=shown("results/{corpus}/tables/samples.html"),
    log:
        "logs/{corpus}/write_samples.log",
    benchmark:
        "logs/{corpus}/write_samples.tsv"
    resources:
        mem_mb=retry_memory(1000),
        runtime=10,
    params:
        code=code("write_samples.py"),
    script:
        "../workflow/scripts/write_samples.py"
