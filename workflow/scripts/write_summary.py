"""Write the summary of a study, from what its tables and cards say."""

from visrnn.cells.saturation import check_claims
from visrnn.predictions.cards import read_card
from visrnn.report.html import page, sections_html
from visrnn.report.summary import summarise
from visrnn.system.files import read_json, read_table, write_text
from visrnn.system.job import job

with job(snakemake.log[0]):
    source = snakemake.input
    names = ["peeling", "overlap", "discovery", "saturation", "dynamics"]
    # What may be missing comes as a list.
    tables = {name: read_table(source[name][0]) for name in names if source[name]}
    if "saturation" in tables:
        tables["claims"] = check_claims(tables.pop("saturation"))
    cards = [read_card(path) for path in source.cards]
    found = summarise(read_json(source.manifest), cards, read_table(source.losses), **tables)
    write_text(
        snakemake.output.html, page(snakemake.wildcards.corpus, sections_html(found), included=True)
    )
