"""The article's body: three extractors, each of which errs where others do not, and their vote."""
