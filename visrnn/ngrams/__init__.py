"""n-gram models: suffix array, Kneser-Ney smoothing, ARPA files."""
