"""The part of the package's description that pyproject.toml cannot say: README.md for PyPI.

On PyPI a link into the checkout leads nowhere and a picture of it stays empty. Whoever publishes
names the address under which the files of the release are served:

    SF_MLX_FILES_URL=https://host/owner/sf-mlx/raw/v0.1.0 python -m build

Without it (nobody else knows the address) such pictures are left out and such links become text.
"""

import os
import re
from pathlib import Path

# ![text](docs/picture.svg) and [text](docs/page.md#part), but nothing with a scheme, no #part alone
_PICTURE = re.compile(r"!\[([^\]]*)\]\((?![a-z]+:|#)([^)\s]+)\)")
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?![a-z]+:|#)([^)\s]+)\)")


def description(readme: str, files_url: str = "") -> str:
    """`readme` with absolute pictures and links, or without those that cannot be made absolute."""
    if files_url:
        base = files_url.rstrip("/")
        readme = _PICTURE.sub(rf"![\1]({base}/\2)", readme)
        return _LINK.sub(rf"[\1]({base}/\2)", readme)
    readme = re.sub(rf"^{_PICTURE.pattern}\n+", "", readme, flags=re.MULTILINE)
    return _LINK.sub(r"\1 (`\2` in the source)", readme)


if __name__ == "__main__":
    from setuptools import setup

    text = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    setup(
        long_description=description(text, os.environ.get("SF_MLX_FILES_URL", "")),
        long_description_content_type="text/markdown",
    )
