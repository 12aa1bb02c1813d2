"""The values that the whole program speaks in: frozen, keyword-only, standard library only."""
