"""Download the text of a corpus."""

from visrnn.corpus.download import download
from visrnn.system.exceptions import prefix_error
from visrnn.system.job import job

with job(snakemake.log[0]), prefix_error(f"corpora.{snakemake.wildcards.corpus}"):
    sha256, max_bytes = snakemake.params.checked or (None, None)
    download(snakemake.params.urls, sha256, snakemake.output.text, max_bytes)
