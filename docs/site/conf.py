"""The site of the documentation: `make docs`, from the pages as they lie in the repository."""

import importlib.metadata

project = "visrnn"
author = "The visrnn authors"
release = importlib.metadata.version("visrnn")
extensions = ["myst_parser"]
root_doc = "docs/site/index"
include_patterns = [
    "docs/site/*.rst",
    "docs/*.md",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "benchmarks/*/*.md",
    "config/README.md",
    "config/examples/README.md",
    "results/README.md",
    "trained/README.md",
]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "visrnn"
html_extra_path = ["index.html"]
html_static_path = ["static"]
html_css_files = ["site.css"]
