"""Write the summary of a study, from what its tables and cards say."""

from visrnn.files import read_json, read_table, write_text
from visrnn.jobs import job
from visrnn.pages import page, sections_html
from visrnn.saturation import check_claims
from visrnn.summary import summarise

with job(snakemake.log[0]):
    source = snakemake.input
    names = ["peeling", "overlap", "discovery", "saturation", "growth"]
    # What may be missing comes as a list.
    tables = {name: read_table(source[name][0]) for name in names if source[name]}
    if "saturation" in tables:
        tables["claims"] = check_claims(tables.pop("saturation"))
    cards = [read_json(path) for path in source.cards]
    found = summarise(read_json(source.manifest), cards, read_table(source.losses), **tables)
    write_text(
        snakemake.output.html, page(snakemake.wildcards.corpus, sections_html(found), included=True)
    )
