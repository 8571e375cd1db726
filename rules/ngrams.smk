# One job fits all n-grams of a corpus, and which they are depends on the corpus.
for corpus, settings in SETTINGS["corpora"].items():
    if not settings["ngrams"]:
        continue

    rule:
        name:
            f"fit_ngrams_{corpus}"
        input:
            tokens=f"results/{corpus}/corpus/tokens.npy",
            manifest=f"results/{corpus}/corpus/manifest.json",
        output:
            cards=expand(
                "results/{corpus}/runs/ngram-{n}/card.json", corpus=corpus, n=settings["ngrams"]
            ),
            predictions=expand(
                "results/{corpus}/runs/ngram-{n}/predictions.parquet",
                corpus=corpus,
                n=settings["ngrams"],
            ),
            validation=expand(
                "results/{corpus}/runs/ngram-{n}/validation.parquet",
                corpus=corpus,
                n=settings["ngrams"],
            ),
        log:
            f"logs/{corpus}/fit_ngrams.log",
        benchmark:
            f"logs/{corpus}/fit_ngrams.tsv"
        resources:
            mem_mb=retry_memory(400, 28, corpus),
            runtime=60,
        params:
            ns=settings["ngrams"],
            code=code("fit_ngrams.py"),
        script:
            "../workflow/scripts/fit_ngrams.py"

    rule:
        name:
            f"write_ngram_distributions_{corpus}"
        input:
            tokens=f"results/{corpus}/corpus/tokens.npy",
            manifest=f"results/{corpus}/corpus/manifest.json",
        output:
            temp(
                expand(
                    "results/{corpus}/runs/ngram-{n}/distributions.parquet",
                    corpus=corpus,
                    n=settings["ngrams"],
                )
            ),
        log:
            f"logs/{corpus}/write_ngram_distributions.log",
        benchmark:
            f"logs/{corpus}/write_ngram_distributions.tsv"
        resources:
            mem_mb=retry_memory(1500, 120, corpus),
            runtime=60,
        params:
            ns=settings["ngrams"],
            code=code("write_ngram_distributions.py"),
        script:
            "../workflow/scripts/write_ngram_distributions.py"
