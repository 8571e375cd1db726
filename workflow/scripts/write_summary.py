"""Write the summary of a study, from what its tables and cards say."""

from visrnn.predictions.cards import read_card
from visrnn.report.html import glossary_html, page, sections_html
from visrnn.report.summary import summarise
from visrnn.system.files import read_json, write_text
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    source = snakemake.input
    names = ["slices", "overlap", "cures", "discovery", "claims", "dynamics", "curves"]
    # What may be missing comes as a list.
    tables = {name: read_frame(source[name][0]) for name in names if source[name]}
    cards = [read_card(path) for path in source.cards]
    losses = (read_frame(source[name]) for name in ("nets", "comparisons"))
    sections = summarise(read_json(source.manifest), cards, *losses, **tables)
    body = sections_html(sections) + glossary_html()
    write_text(snakemake.output.html, page(snakemake.wildcards.corpus, body, included=True))
