"""The command line: one file for each command; each parses, calls sf_mlx, and prints."""

import time

# Where the timeline of --trace begins
STARTED = time.perf_counter()
