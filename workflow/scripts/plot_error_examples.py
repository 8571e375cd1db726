"""Draw the figure error_examples, and write the same as HTML."""

from visrnn.examples import examples_html
from visrnn.figures import save_figure, style
from visrnn.files import read_table, write_text
from visrnn.jobs import job
from visrnn.plots_peeling import plot_error_examples

with job(snakemake.log[0]), style(snakemake.input.style):
    examples, output = read_table(snakemake.input.data), snakemake.output
    save_figure(plot_error_examples(examples), [output.png, output.pdf])
    write_text(output.html, examples_html(examples, f"Errors of {snakemake.wildcards.corpus}"))
