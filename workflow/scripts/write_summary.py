"""Write the summary of a study, from what its tables and cards say, with its figures."""

from pathlib import Path

from visrnn.predictions.cards import read_card
from visrnn.report.front import PICTURES, front_section, more_figures
from visrnn.report.html import front_html, glossary_html, page, read_picture, sections_html
from visrnn.report.summary import summarise
from visrnn.report.words import name_models, spell_out
from visrnn.system.files import read_json, write_text
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]):
    source, corpus = snakemake.input, snakemake.wildcards.corpus
    manifest = read_json(source.manifest)
    names = ["slices", "overlap", "cures", "discovery", "claims", "dynamics", "curves"]
    # What may be missing comes as a list.
    tables = {name: read_frame(source[name][0]) if source[name] else None for name in names}
    cards = [read_card(path) for path in source.cards]
    nets, comparisons = (read_frame(source[name]) for name in ("nets", "comparisons"))
    figures = [source.figures] if isinstance(source.figures, str) else source.figures
    pictures = {
        Path(path).stem: read_picture(path, corpus, *snakemake.params.captions[Path(path).stem])
        for path in figures
    }
    words = name_models(cards)
    inside = (tables[name] for name in ("slices", "discovery", "curves"))
    front = front_section(manifest["unit"], nets, comparisons, *inside)
    sections = summarise(manifest, cards, nets, comparisons, **tables)
    sections += more_figures(sections, pictures)
    body = (
        front_html(spell_out(front, words), pictures, PICTURES)
        + sections_html([spell_out(section, words) for section in sections], pictures)
        + glossary_html()
    )
    write_text(snakemake.output.html, page(corpus, body, included=True))
