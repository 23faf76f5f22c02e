"""What `doctor` looks at: the store, its file, its content, the keys and what it all runs on."""
