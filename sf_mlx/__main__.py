"""`python -m sf_mlx`: the command line, where its program is not on the path."""

from sf_mlx_cli.__main__ import main

if __name__ == "__main__":
    main()
