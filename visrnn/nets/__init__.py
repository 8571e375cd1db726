"""The nets: modules, training, inference, recording. All of torch is here."""
