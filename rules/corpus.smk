# A job of the machine where Snakemake was started: the others may have no network. It carries no
# fingerprint: by other code, a text would be downloaded again and come out the same.
rule download_corpus:
    output:
        text=update("results/{corpus}/corpus/download.txt"),
        record=update("results/{corpus}/corpus/download.json"),
    log:
        "logs/{corpus}/download_corpus.log",
    benchmark:
        "logs/{corpus}/download_corpus.tsv"
    wildcard_constraints:
        corpus="|".join(downloaded_corpora()) or "(?!)",
    localrule: True
    resources:
        mem_mb=retry_memory(1000),
        runtime=60,
    params:
        urls=lambda wildcards: SETTINGS["corpora"][wildcards.corpus]["source"]["url"],
        checked=checked_bytes,
    script:
        "../workflow/scripts/download_corpus.py"


rule tokenise_corpus:
    input:
        source=source_file,
        download=downloaded_files,
    output:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
    log:
        "logs/{corpus}/tokenise_corpus.log",
    benchmark:
        "logs/{corpus}/tokenise_corpus.tsv"
    resources:
        mem_mb=retry_memory(500, 10),
        runtime=60,
    params:
        source=corpus_setting("source"),
        unit=corpus_setting("unit"),
        split=corpus_setting("split"),
        source_sha256=source_digest,
        code=code("tokenise_corpus.py"),
    script:
        "../workflow/scripts/tokenise_corpus.py"


rule find_properties:
    input:
        tokens="results/{corpus}/corpus/tokens.npy",
        manifest="results/{corpus}/corpus/manifest.json",
    output:
        properties="results/{corpus}/corpus/properties.parquet",
    log:
        "logs/{corpus}/find_properties.log",
    benchmark:
        "logs/{corpus}/find_properties.tsv"
    resources:
        mem_mb=retry_memory(500, 125),
        runtime=20,
    params:
        language=corpus_setting("language"),
        patterns=corpus_setting("patterns"),
        code=code("find_properties.py"),
    script:
        "../workflow/scripts/find_properties.py"
