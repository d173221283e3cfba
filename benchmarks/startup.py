"""Start-up of the command: `python -m benchmarks.startup`; the goal is 0.15 s."""

import shutil
import statistics
import subprocess
import sys

from benchmarks.timing import in_turn


def main() -> None:
    command = shutil.which("sf-mlx", path=str(sys.prefix) + "/bin")
    assert command, "install sf-mlx into this environment first"

    def run(*arguments: str) -> None:
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)

    times = in_turn(
        {
            "python -c pass": lambda: run(sys.executable, "-c", "pass"),
            "import sf_mlx": lambda: run(sys.executable, "-c", "import sf_mlx"),
            "sf-mlx --help": lambda: run(command, "--help"),
            "sf-mlx --version": lambda: run(command, "--version"),
            "sf-mlx ask --help": lambda: run(command, "ask", "--help"),
            "import mlx_lm": lambda: run(sys.executable, "-c", "import mlx_lm"),
        },
        15,
    )
    for name, seconds in times.items():
        middle, quickest = statistics.median(seconds) * 1e3, min(seconds) * 1e3
        print(f"{name:18} median {middle:6.0f} ms, quickest {quickest:6.0f} ms")


if __name__ == "__main__":
    main()
