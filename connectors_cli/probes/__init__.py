"""Connection tests as data: a probe is run with a connector's values, and says what it found."""
