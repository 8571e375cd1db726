"""Draw the figure error_examples, and write the same as HTML."""

from visrnn.figures.error_examples import plot_error_examples
from visrnn.figures.style import save_figure, style
from visrnn.report.examples import examples_html
from visrnn.system.files import write_text
from visrnn.system.frames import read_frame
from visrnn.system.job import job

with job(snakemake.log[0]), style(snakemake.input.style):
    examples, output = read_frame(snakemake.input.data), snakemake.output
    save_figure(plot_error_examples(examples), [output.png, output.pdf])
    write_text(output.html, examples_html(examples, f"Errors of {snakemake.wildcards.corpus}"))
