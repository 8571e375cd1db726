"""Character-level recurrent nets: train them, compare them with n-grams, and look inside.

The rooms, in the order of the pipeline; each imports only from those before it:

- system: files, memory, devices, exceptions, one job's frame, fingerprints of code.
- settings: the configuration and its schema, names of runs and oracles.
- corpus: download, archives, encoding, split, words, syntax, properties.
- statistics: resampling.
- predictions: the predictions table, on which all models meet; losses, selection, embedding.
- ngrams: suffix array, Kneser-Ney smoothing, ARPA files.
- errors: oracles, shared errors, gaps between models, closing delimiters, examples.
- cells: the activation cache, saturation, discovery, excerpts.
- nets: modules, training, inference, sampling, recording; all of torch is here.
- figures: a module a figure; all of matplotlib is here.
- report: tables, pages, the summary of a study.
"""

__version__ = "0.1.0"
