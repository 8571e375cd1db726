# Which runs an analysis is about, and their files.
def candidates(file):
    """`file` of a net, trained once for each rate of the dropout grid."""
    return expand(
        "results/{{corpus}}/runs/{{run}}/dropout-{rate}/{file}",
        rate=SETTINGS["dropout_grid"],
        file=file,
    )


def all_runs(corpus):
    return run_names(SETTINGS["corpora"][corpus])


def validated_runs(corpus):
    """The runs that have predictions of the validation text: all but some external models.

    Only these may be chosen by it, or weights fitted to it.
    """
    external = SETTINGS["corpora"][corpus]["external"]
    runs = scored_runs(corpus)
    return [run for run in runs if run not in external or external[run]["validation"]]


def scored_runs(corpus):
    """The runs whose losses are told: all models, and what is done to nets."""
    return [*all_runs(corpus), *SETTINGS["corpora"][corpus]["cures"]]


def compared_runs(corpus):
    """The runs that cures are compared with, and cures: all seeds of what errors are peeled of."""
    runs = cured_runs(corpus)
    nets = set(map(net_of, runs))
    runs += [run for run in all_runs(corpus) if net_of(run) in nets]
    cures = SETTINGS["corpora"][corpus]["cures"]
    return list(dict.fromkeys([*cures, *runs, *peeled_runs(corpus)]))


def cured_runs(corpus):
    """The nets that cures are done to, of which the best is told of."""
    cures = SETTINGS["corpora"][corpus]["cures"]
    return list(dict.fromkeys(parse_run(cure).base for cure in cures))


def peeled_runs(name):
    """The runs whose errors may be peeled, with all their seeds, and those that oracles use."""
    settings = SETTINGS["corpora"][name]
    runs = [*settings["model"], *settings["scaling"]]
    nets = set(map(net_of, runs))
    runs += [run for run in all_runs(name) if net_of(run) in nets]
    return list(dict.fromkeys([*runs, *oracle_runs(name)]))


def oracle_runs(corpus):
    """The runs that the oracles of a corpus use."""
    corpus, runs = SETTINGS["corpora"][corpus], []
    for oracle in corpus["oracles"]:
        if oracle["oracle"] == "ngram":
            runs += [f"ngram-{n}" for n in corpus["ngrams"] if n <= max(oracle["values"])]
        elif oracle["oracle"] == "model":
            runs += oracle["values"]
    return list(dict.fromkeys(runs))


def window_nets(corpus):
    """The n-NN of a corpus, of its first seed."""
    corpus = SETTINGS["corpora"][corpus]
    return [f"nnn-{n}-s{corpus['seeds'][0]}" for n in corpus["nnn"]]


def gap_runs(corpus):
    """The runs of which two are compared: the best of the model's and of its rival's."""
    corpus = SETTINGS["corpora"][corpus]
    return list(dict.fromkeys([*corpus["model"], *corpus["rival"]]))


def validated_gap_runs(corpus):
    """Those of `gap_runs` that have predictions of the validation text."""
    return [run for run in gap_runs(corpus) if run in validated_runs(corpus)]


def overlap_files(file):
    """A function that gives `file` of every run that a figure of overlaps may show."""

    def files(wildcards):
        sets = SETTINGS["corpora"][wildcards.corpus][wildcards.overlap]
        runs = dict.fromkeys(run for runs in sets for run in runs)
        return [f"results/{wildcards.corpus}/runs/{run}/{file}" for run in runs]

    return files


def run_files(file, names=all_runs):
    """A function that gives `file` of every run of a job's corpus."""
    return lambda wildcards: [
        f"results/{wildcards.corpus}/runs/{run}/{file}" for run in names(wildcards.corpus)
    ]


def dynamics_file(file):
    """A function that gives `file` of the net whose dynamics are studied."""
    run = corpus_setting("dynamics_net")
    return lambda wildcards: f"results/{wildcards.corpus}/runs/{run(wildcards)}/{file}"


def net_files(file):
    return run_files(file, lambda corpus: net_names(SETTINGS["corpora"][corpus]))


def recorded_files(file):
    return run_files(file, lambda corpus: SETTINGS["corpora"][corpus]["activations"])


def class_files(wildcards):
    """The predictions of a job's net, and of the models that tell the classes of its errors."""
    runs = dict.fromkeys([wildcards.run, *oracle_runs(wildcards.corpus)])
    return [f"results/{wildcards.corpus}/runs/{run}/predictions.parquet" for run in runs]


def control_files(wildcards):
    """The predictions of the n-grams that a net's context is compared with."""
    ns = SETTINGS["corpora"][wildcards.corpus]["ngrams"]
    return [f"results/{wildcards.corpus}/runs/ngram-{n}/predictions.parquet" for n in ns]


def cure_parts(wildcards):
    """The runs that a cure reads, its base first."""
    runs = all_runs(wildcards.corpus)
    return [wildcards.run, *CURES[wildcards.cure].parts(wildcards.run, runs)]


def cure_distributions(wildcards):
    """The whole distributions that a cure reads, its base's first."""
    runs = cure_parts(wildcards) if CURES[wildcards.cure].whole_parts else [wildcards.run]
    return [f"results/{wildcards.corpus}/runs/{run}/distributions.parquet" for run in runs]


def cure_files(file):
    """A function that gives `file` of every run that a cure reads, of its base first."""
    return lambda wildcards: [
        f"results/{wildcards.corpus}/runs/{run}/{file}" for run in cure_parts(wildcards)
    ]
