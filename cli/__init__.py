"""The command line: one file for each command; each parses, calls sf_mlx, and prints."""
