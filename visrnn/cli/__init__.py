"""The program `visrnn`, and the console of a study. The workflow stays the way results are made."""
