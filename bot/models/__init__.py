"""The language models: a port, and what fulfils it."""
