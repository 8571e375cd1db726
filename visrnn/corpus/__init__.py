"""A text: downloaded, read from archives, encoded, split, and what can be said of each place."""
