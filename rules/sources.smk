# Where a corpus is read from, and what shows that it changed.
def source_file(wildcards):
    """The text that a corpus is read from, where it is a file: a change of it rebuilds."""
    source = SETTINGS["corpora"][wildcards.corpus]["source"]
    path = source.get("file") or source.get("tree")
    return [local(path)] if path and os.path.isfile(path) else []


def downloaded_corpora():
    """The corpora whose text is not a file here."""
    return [name for name, corpus in SETTINGS["corpora"].items() if "url" in corpus["source"]]


def checked_bytes(wildcards):
    """The SHA-256 that a download must have, and of how many bytes; None where it may have any."""
    source = SETTINGS["corpora"][wildcards.corpus]["source"]
    return (source["sha256"], source.get("max_bytes")) if source.get("sha256") else None


def downloaded_files(wildcards):
    """The text of a corpus that is downloaded, and its record; nothing for another."""
    if wildcards.corpus not in downloaded_corpora():
        return []
    return [f"results/{wildcards.corpus}/corpus/download.{ending}" for ending in ("txt", "json")]


@cache
def source_sha256(path, most):
    """The SHA-256 of the first `most` bytes: a file may be far longer than what is read of it."""
    digest = sha256()
    with open(path, "rb") as file:
        while most > 0 and (piece := file.read(min(most, 2**20))):
            digest.update(piece)
            most -= len(piece)
    return digest.hexdigest()


def source_digest(wildcards):
    """What a text that is a file holds: one that replaces another may bear an older time."""
    source = SETTINGS["corpora"][wildcards.corpus]["source"]
    most = (source.get("max_bytes") or CEILING) + 1 if "file" in source else sys.maxsize
    paths = [path for path in source_file(wildcards) if os.access(path, os.R_OK)]
    return [source_sha256(path, most) for path in paths]
