"""Where things lie on this machine: shipped folders, user data, user cache (used by every stage).

The shipped folders lie beside the package in a checkout and under `assessor/data` in an installed wheel.
`ASSESSOR_DATA` and `ASSESSOR_CACHE` name other places for the two user folders, `ASSESSOR_STORE` a database,
`ASSESSOR_MODELS` a folder that `assessor train` made. `ASSESSOR_RESERVE_MB`: how much of the disk stays free
for results when clips and recordings have taken the rest.
"""

import os
from pathlib import Path

import platformdirs

from assessor.errors import AssessorError
from assessor.types import Text

_PACKAGE = Path(__file__).resolve().parent
RESERVE_MB = 1000.0


def shipped(name: str) -> Path:
    """A file or folder that comes with the package."""
    installed = _PACKAGE / "data" / name
    return installed if installed.exists() else _PACKAGE.parent / name


def models_folder() -> Path:
    """The manifest and the models that come with the package, or those in `ASSESSOR_MODELS`."""
    return _user_folder("ASSESSOR_MODELS", shipped("models"))


def rules_folder() -> Path:
    """Benches, procedures and shared rule sets that come with the package."""
    return shipped("rules")


def own_rules_folder() -> Path:
    """Rule files that this school wrote itself; may not exist yet."""
    return data_folder() / "rules"


def samples_folder() -> Path:
    """Rendered recordings and board photos with their truth."""
    return shipped("samples")


def _user_folder(variable: str, usual: Path) -> Path:
    named = os.environ.get(variable)
    return Path(named).expanduser().resolve() if named else usual


def data_folder() -> Path:
    """Results, evidence and the log of this user; may not exist yet."""
    return _user_folder("ASSESSOR_DATA", platformdirs.user_data_path("assessor", appauthor=False))


def cache_folder() -> Path:
    """What can be fetched again, such as the models; may not exist yet."""
    return _user_folder("ASSESSOR_CACHE", platformdirs.user_cache_path("assessor", appauthor=False))


def store() -> str | Path:
    """Where results are kept: the database URL in `ASSESSOR_STORE`, else SQLite in the data folder."""
    return os.environ.get("ASSESSOR_STORE") or data_folder()


def log_file() -> Path:
    """Where unexpected errors are written in full; may not exist yet."""
    return data_folder() / "assessor.log"


def reserve_bytes() -> int:
    """Free space that pictures never take: `ASSESSOR_RESERVE_MB`, or 1 GB. Raises AssessorError."""
    named = os.environ.get("ASSESSOR_RESERVE_MB", "")
    try:
        megabytes = float(named or RESERVE_MB)
    except ValueError:
        megabytes = -1.0
    if not 0 <= megabytes < 1e9:
        raise AssessorError(
            Text(
                zh="ASSESSOR_RESERVE_MB 应为保留的磁盘空间（MB，如 1000），"
                f"实际为 {named!r}；请改正该环境变量",
                en="expected ASSESSOR_RESERVE_MB to be megabytes of disk to keep free, such as 1000, "
                f"got {named!r}; correct it",
            )
        )
    return int(megabytes * 1e6)
