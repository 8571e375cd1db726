"""Fit all n-grams of a corpus at once, and write the predictions of each for both texts."""

from dataclasses import asdict
from pathlib import Path

from visrnn import __version__
from visrnn.corpus.corpus import read_corpus
from visrnn.ngrams.kneser_ney import fit_and_score
from visrnn.predictions.cards import NgramCard, describe_corpus, write_card
from visrnn.predictions.predictions import mean_loss, write_predictions
from visrnn.system.job import job

with job(snakemake.log[0]):
    corpus = read_corpus(Path(snakemake.input.manifest).parent)
    # As in the paper, the streams are one text: each goes on from the end of the one before it.
    train = corpus.part_tokens("train").ravel()
    test, validation = corpus.part("test"), corpus.part("validation")
    symbols, ns = len(corpus.manifest["symbols"]), snakemake.params.ns
    scores = fit_and_score(train, test.tokens.ravel(), ns, symbols, validation.tokens.ravel())
    output = snakemake.output
    files = zip(ns, output.cards, output.predictions, output.validation, strict=True)
    for n, path, predictions, of_validation in files:
        write_predictions(predictions, test, scores.probs[n].reshape(test.tokens.shape))
        probs = scores.validation[n].reshape(validation.tokens.shape)
        write_predictions(of_validation, validation, probs)
        card = NgramCard(
            run=f"ngram-{n}",
            cell="ngram",
            n=n,
            symbols=symbols,
            discounts=[asdict(discount) for discount in scores.discounts[n]],
            validation=mean_loss(probs),
            corpus=describe_corpus(corpus.manifest),
            versions={"visrnn": __version__},
            grams=scores.grams[: n + 1],
        )
        write_card(path, card)
