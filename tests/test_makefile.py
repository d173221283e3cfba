"""`make demo` on other people's machines: stand-ins for Python, pip and uv, and no network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOOLS = ("sh", "env", "make", "ls", "rm", "cp", "mkdir", "touch", "cat", "chmod", "ln")

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")

# Answers `-c` like that version; makes environments and "installs" without a network
PYTHON = """#!/bin/sh
real={real} version={version} log={log}
case "$1 $2" in
    "-c "*)
        exec "$real" -c "import sys; sys.version_info = ({commas}); exec(sys.argv.pop(1))" "$2" ;;
    "-m venv")
        mkdir -p "$3/bin"
        touch "$3/pyvenv.cfg"
        cp "$0" "$3/bin/python"
        echo "venv $version" >> "$log" ;;
    "-m pip")
        [ "$3" = --version ] && exit
        echo "pip $*" >> "$log"
        program=${{0%/*}}/sf-mlx
        echo "#!/bin/sh" > "$program"
        echo 'echo "ran $*"' >> "$program"
        chmod +x "$program" ;;
esac
"""

UV = """#!/bin/sh
[ "$1" = --version ] && exit
echo "uv $*" >> {log}
if [ "$1" = venv ]; then
    for folder; do :; done
    {python} -m venv "$folder"
else
    while [ "$1" != --python ]; do shift; done
    "$2" -m pip install
fi
"""


class Machine:
    """A checkout, and a path on which only the named programs are."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self.bin, self.log = folder / "a checkout", folder / "bin", folder / "log"
        for path in ("Makefile", "pyproject.toml", "setup.py", "packaging/venv.sh"):
            (self.checkout / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, self.checkout / path)
        self.bin.mkdir()
        for name in TOOLS:
            (self.bin / name).symlink_to(str(shutil.which(name)))
        self.log.touch()
        self.venv = self.checkout / ".venv"

    def has(self, name: str, version: str) -> Path:
        """Put a Python of that version on the path."""
        text = PYTHON.format(
            real=sys.executable, version=version, log=self.log, commas=version.replace(".", ", ")
        )
        return self._program(name, text)

    def has_uv(self, python: Path) -> None:
        """Put uv on the path; the environments that it makes have this Python."""
        self._program("uv", UV.format(log=self.log, python=python))

    def _program(self, name: str, text: str) -> Path:
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run make; what the stand-ins did is in `did`."""
        self.log.write_text("")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
        inherited.pop("PYTHON", None)
        inherited.pop("VENV", None)
        return subprocess.run(
            ["make", *arguments],
            cwd=self.checkout,
            env={**inherited, "PATH": str(self.bin)},
            capture_output=True,
            text=True,
        )

    @property
    def did(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_demo_installs_the_package_alone_and_once(machine):
    machine.has("python3", "3.12.1")
    ran = machine.make("demo")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "ran demo"
    # One line before the demo speaks, and nothing for developers
    assert len(ran.stdout.splitlines()) == 2 and ran.stderr == ""
    venv, install = machine.did
    assert venv == "venv 3.12.1" and install.endswith("--editable .")
    assert machine.make("demo").stdout == "ran demo\n"
    assert machine.did == []


def test_an_old_python_is_said_with_what_helps(machine):
    machine.has("python3", "3.9.18")
    ran = machine.make("demo")
    assert ran.returncode != 0
    said = [line for line in ran.stderr.splitlines() if line.startswith("sf-mlx: ")]
    assert len(said) == 1
    for word in ("3.9.18", "3.11", "brew install python", "uv python install"):
        assert word in said[0]
    assert machine.did == [] and not machine.venv.exists()


def test_no_python_at_all(machine):
    ran = machine.make("demo")
    assert ran.returncode != 0 and "python3 is not there" in ran.stderr


def test_a_newer_python_beside_the_old_one_is_taken(machine):
    machine.has("python3", "3.9.18")
    machine.has("python3.13", "3.13.0")
    assert machine.make("demo").returncode == 0
    assert machine.did[0] == "venv 3.13.0"


@pytest.mark.parametrize("with_uv", [True, False])
def test_a_named_python_that_is_too_old(machine, with_uv):
    python = machine.has("python3", "3.12.1")
    machine.has("python3.9", "3.9.18")
    if with_uv:
        machine.has_uv(python)
    ran = machine.make("demo", "PYTHON=python3.9")
    assert ran.returncode != 0 and "python3.9 is Python 3.9.18" in ran.stderr
    assert machine.did == []


def test_what_is_named_is_no_python(machine):
    ran = machine.make("demo", "PYTHON=nowhere")
    assert ran.returncode != 0 and "nowhere is no Python that runs" in ran.stderr


def test_an_environment_that_an_old_python_left_is_cleared(machine):
    old = machine.has("python3", "3.9.18")
    subprocess.run([old, "-m", "venv", machine.venv], check=True)
    (machine.venv / "rubbish").touch()
    machine.has("python3", "3.12.1")
    assert machine.make("demo").returncode == 0
    assert machine.did[0] == "venv 3.12.1"
    assert not (machine.venv / "rubbish").exists()


def test_an_environment_whose_python_went_away(machine):
    machine.has("python3", "3.12.1")
    assert machine.make("demo").returncode == 0
    (machine.venv / "bin" / "python").unlink()
    (machine.venv / "bin" / "sf-mlx").unlink()
    ran = machine.make("demo")
    assert ran.returncode == 0 and ran.stdout.endswith("ran demo\n")


def test_another_named_python_makes_another_environment(machine):
    machine.has("python3", "3.12.1")
    machine.has("python3.13", "3.13.0")
    assert machine.make("demo").returncode == 0
    assert machine.make("demo", "PYTHON=python3.13").returncode == 0
    assert machine.did[0] == "venv 3.13.0"


def test_uv_is_used_where_it_is(machine):
    machine.has_uv(machine.has("hidden", "3.14.0"))  # no python3 on the path
    ran = machine.make("demo")
    assert ran.returncode == 0 and ran.stdout.endswith("ran demo\n"), ran.stderr
    assert machine.did[0] == "uv venv --quiet --python >=3.11 .venv"
    assert machine.did[2] == "uv pip install --quiet --python .venv/bin/python --editable ."


def test_a_stand_in_for_uv_that_leads_nowhere(machine):
    """As pyenv's shims are for programs of another version."""
    machine.has("python3", "3.12.1")
    machine._program("uv", "#!/bin/sh\nexit 127\n")
    assert machine.make("demo").returncode == 0
    assert machine.did[1].startswith("pip")


def test_a_folder_that_is_no_environment_is_left_alone(machine):
    machine.has("python3", "3.12.1")
    machine.venv.mkdir()
    (machine.venv / "letters.txt").write_text("mine")
    ran = machine.make("demo")
    assert ran.returncode != 0 and "no virtual environment" in ran.stderr
    assert (machine.venv / "letters.txt").read_text() == "mine"


def test_check_installs_the_tools(machine):
    machine.has("python3", "3.12.1")
    machine.make(".venv/dev")
    assert machine.did[1].endswith("--editable .[dev]")


def test_an_intel_mac_is_told(machine):
    path = machine.has("python3", "3.12.1")
    patched = "import platform; platform.system = lambda: 'Darwin'; "
    patched += "platform.machine = lambda: 'x86_64'; import sys;"
    path.write_text(path.read_text().replace("import sys;", patched))
    ran = machine.make("demo")
    assert ran.returncode != 0 and "Apple Silicon" in ran.stderr
    assert not any(line.startswith("pip") for line in machine.did)
