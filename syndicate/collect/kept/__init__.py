"""The raw pages that are kept, and reading them again without the network."""
