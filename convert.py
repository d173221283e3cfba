"""`python convert.py SRC -o OUT …` from a checkout: the same as `sf-mlx convert`."""

import sys

from sf_mlx_cli.__main__ import main

if __name__ == "__main__":
    sys.argv.insert(1, "convert")
    main()
