"""What the units of nets hold: the activation cache, saturation, discovery, excerpts."""
