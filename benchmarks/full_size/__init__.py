"""The models' real sizes, against the reference road: `python -m benchmarks.full_size --help`."""
