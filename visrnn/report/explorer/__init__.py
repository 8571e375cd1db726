"""The explorer: a page in which a study's nets run, and what it reads."""
