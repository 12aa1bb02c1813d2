"""Jobs, the clock that makes them due, and the runner that carries them."""
