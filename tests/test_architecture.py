"""The shape of the tree, as docs/architecture.md draws it."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("assessor", "api")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
PRODUCT = [path for path in FILES if "migrations" not in path.parts]

# Who may import a vendor: each stays in the files of one concern. `doctor` examines several.
VENDORS = {
    "mediapipe": ("assessor/task_bundle.py", "assessor/doctor.py"),
    "flatbuffers": ("assessor/task_bundle.py",),
    "openvino": ("assessor/vision/objects.py", "assessor/vision/squares.py", "assessor/doctor.py"),
    "ultralytics": ("assessor/train.py",),
    "torch": ("assessor/train.py",),
    "av": ("assessor/camera/", "assessor/evidence.py", "assessor/benchbox/", "assessor/doctor.py"),
    "ruamel": ("assessor/located_yaml/tree.py",),
    "platformdirs": ("assessor/settings.py",),
    "typer": (
        "assessor/cli.py",
        "assessor/rule_commands.py",
        "assessor/report_commands.py",
        "assessor/serve_commands.py",
        "assessor/ledger_commands.py",
        "assessor/train_commands.py",
        "assessor/board_commands.py",
        "assessor/camera_commands.py",
        "assessor/command_options.py",
    ),
    "jinja2": ("assessor/printed_sheet.py", "api/console/plain.py"),
    "markupsafe": ("assessor/printed_sheet.py",),
    "pymupdf": ("assessor/sheet_pdf.py",),
    "rich": ("assessor/terminal.py",),
    "sqlalchemy": ("assessor/store/", "assessor/ledger/", "assessor/people/", "assessor/review/"),
    "pwdlib": ("assessor/people/",),
    "authlib": ("assessor/people/oidc.py",),
    "joserfc": ("assessor/people/oidc.py",),
    "openpyxl": ("assessor/people/", "assessor/text_tables.py"),
    "prometheus_client": ("api/",),
    "alembic": ("assessor/store/",),
    "fastapi": ("api/",),
    "uvicorn": ("api/",),
    "nicegui": ("api/",),
}
HEAVY = {
    "cv2",
    "mediapipe",
    "openvino",
    "av",
    "torch",
    "nicegui",
    "fastapi",
    "sqlalchemy",
    "pydantic",
    "rich",
    "numpy",
}


def imported(path: Path) -> Iterator[str]:
    """Full names of all modules that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def file_of(module: str) -> Path | None:
    """The file in our tree that holds `module`, if it is one of ours."""
    path = ROOT / module.replace(".", "/")
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def table() -> list[str]:
    """Files and folders of the flow's table, top to bottom."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [line.split("|")[2] for line in page.splitlines() if line.startswith("|")]
    names = [name for row in rows for name in re.findall(r"`([\w/]+(?:\.py|/))`", row)]
    return [f"assessor/{name}" if name.startswith("vision/") else name for name in names]


def place_in_flow(path: Path) -> int | None:
    """Row of the table: the file itself, else the innermost folder that stands there."""
    name, rows = name_of(path), table()
    standing = [row for row in rows if name == row or (row.endswith("/") and name.startswith(row))]
    return rows.index(max(standing, key=len)) if standing else None


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_module_stands_in_the_table(path: Path) -> None:
    if path.name not in ("__init__.py", "__main__.py"):
        assert place_in_flow(path) is not None, f"{name_of(path)} is missing in docs/architecture.md"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    own = place_in_flow(path)
    for module in imported(path):
        target = file_of(module) if module.split(".")[0] in PACKAGES else None
        if target is None or own is None:
            continue
        other = place_in_flow(target)
        assert other is None or other <= own, (
            f"{name_of(path)} imports {module}, which stands later in the flow"
        )


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_vendors_stay_in_their_files(path: Path) -> None:
    for module in imported(path):
        allowed = VENDORS.get(module.split(".")[0])
        assert allowed is None or name_of(path).startswith(allowed), f"{name_of(path)} imports {module}"


def test_tests_and_product_do_not_import_the_generator() -> None:
    assert not [name_of(path) for path in FILES if any(m.startswith("samples") for m in imported(path))]


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_module_fits_a_reader(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 350
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or node.lineno) - node.lineno < 40, f"{node.name} is too long"


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_module_opens_with_its_place_in_the_flow(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree) or not tree.body


def test_base_install_has_no_torch() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert not [line for line in project["dependencies"] if re.match(r"(torch|ultralytics)", line)]


def test_both_opencv_packages_have_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = {line.split("==")[1] for line in project["dependencies"] if line.startswith("opencv")}
    assert len(versions) == 1


def test_import_of_the_package_brings_no_heavy_module() -> None:
    code = "import sys, assessor; sys.stdout.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(done.stdout.split())


def test_help_of_the_command_line_brings_no_vision() -> None:
    code = "import sys, assessor.cli; sys.stdout.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (HEAVY - {"numpy", "rich", "pydantic"}).isdisjoint(done.stdout.split())


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="the tracked files are known only in a git checkout")
def test_no_file_names_a_folder_of_one_machine() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    pattern = re.compile(rb"(?<![\w.])/(work|tmp|root|opt|home)/\w")
    found = []
    for name in filter(None, tracked.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".yaml", ".yml", ".toml", ".json"} and path.is_file():
            found += [name] if pattern.search(path.read_bytes()) else []
    assert found == []
