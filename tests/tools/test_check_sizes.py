from pathlib import Path

import pytest

from tools.check_sizes import check_folder

SHORT = "def short() -> int:\n    return 1\n"


def function_of(lines: int) -> str:
    return "def long() -> int:\n" + "    x = 1\n" * (lines - 2) + "    return x\n"


def folder_with(tmp_path: Path, source: str) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "module.py").write_text(source)
    return folder


@pytest.mark.parametrize(
    ("source", "mistakes"),
    [
        (SHORT + function_of(40) + SHORT, []),
        (
            SHORT + function_of(41) + SHORT,
            ["code/module.py:3 long: 41 lines; split it, 40 is the limit"],
        ),
        (SHORT + "# filler\n" * 248, []),
        (
            SHORT + "# filler\n" * 249,
            ["code/module.py: 251 lines; split it, 250 is the limit"],
        ),
        (function_of(9), []),
        (function_of(10), ["code: the median function has 10 lines; it must stay under 10"]),
        ("", ["code: no function found"]),
    ],
)
def test_each_limit_is_noticed_on_either_side(tmp_path: Path, source: str, mistakes: list[str]) -> None:
    assert check_folder(folder_with(tmp_path, source)) == mistakes
