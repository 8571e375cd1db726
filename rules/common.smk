def code(script):
    """A hash of what a script and the modules that it reaches do: an edit of either reruns."""
    return fingerprint(Path(workflow.basedir, "workflow", "scripts", script))


def of_corpus(key):
    """A function that looks up one of the settings of a job's corpus."""
    return lambda wildcards: SETTINGS["corpora"][wildcards.corpus][key]


def net_recipe(wildcards):
    corpus = SETTINGS["corpora"][wildcards.corpus]
    return recipe_of(wildcards.run, corpus, SETTINGS["recipes"])


def net_threads(wildcards):
    """Cores for a net's training: smaller nets do better side by side, with one each."""
    return 1 if (parse_run(wildcards.run).size or 0) < 256 else 4


def net_priority(wildcards):
    """Long work first, so that no core is left without any: a growing net waits for the n-NN."""
    run = parse_run(wildcards.run)
    return run.layers * run.size if run.recurrent else 10_000


def candidates(file):
    """`file` of a net, trained once for each rate of the dropout grid."""
    return expand(
        "results/{{corpus}}/runs/{{run}}/dropout-{rate}/{file}",
        rate=SETTINGS["dropout_grid"],
        file=file,
    )


def all_runs(corpus):
    return run_names(SETTINGS["corpora"][corpus])


def peeled_runs(corpus):
    """The runs that may be peeled, and those that oracles ask."""
    corpus = SETTINGS["corpora"][corpus]
    runs = [*corpus["model"], *corpus["scaling"]]
    for item in corpus["oracles"]:
        if item["oracle"] == "ngram":
            runs += [f"ngram-{n}" for n in corpus["ngrams"] if n <= max(item["values"])]
        elif item["oracle"] == "model":
            runs += item["values"]
    return list(dict.fromkeys(runs))


def window_nets(corpus):
    """The n-NN of a corpus, of its first seed."""
    corpus = SETTINGS["corpora"][corpus]
    return [f"nnn-{n}-s{corpus['seeds'][0]}" for n in corpus["nnn"]]


def gap_runs(corpus):
    """The runs of which the two that are compared are picked."""
    corpus = SETTINGS["corpora"][corpus]
    return list(dict.fromkeys([*corpus["model"], *corpus["rival"]]))


def of_sets(file):
    """A function that gives `file` of every run that a figure of overlaps may show."""

    def files(wildcards):
        sets = SETTINGS["corpora"][wildcards.corpus][wildcards.overlap]
        runs = dict.fromkeys(run for runs in sets for run in runs)
        return [f"results/{wildcards.corpus}/runs/{run}/{file}" for run in runs]

    return files


def of_runs(file, names=all_runs):
    """A function that gives `file` of every run of a job's corpus."""
    return lambda wildcards: [
        f"results/{wildcards.corpus}/runs/{run}/{file}" for run in names(wildcards.corpus)
    ]


def of_nets(file):
    return of_runs(file, lambda corpus: net_names(SETTINGS["corpora"][corpus]))


def of_recorded(file):
    return of_runs(file, lambda corpus: SETTINGS["corpora"][corpus]["activations"])


def files_of(target):
    """The files of one of TARGETS, for every corpus that has what it needs."""
    kinds, name, needs, _ = target
    return [
        f"results/{corpus}/{kind}/{name}.{ending}"
        for corpus, settings in SETTINGS["corpora"].items()
        if all(settings[key] for key in needs)
        for kind in kinds.split()
        for ending in ENDINGS[kind]
    ]


def source_file(wildcards):
    """The text that a corpus is read from, where it is a file: a change of it rebuilds."""
    source = SETTINGS["corpora"][wildcards.corpus]["source"]
    path = source.get("file") or source.get("tree")
    return [path] if path and Path(path).is_file() else []
