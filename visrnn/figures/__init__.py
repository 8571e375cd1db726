"""One module a figure; all of Matplotlib is here."""

import os

# Matplotlib can't even be imported where this names a backend that is not installed here, such as
# that of the notebook which started the study.
os.environ["MPLBACKEND"] = "agg"
