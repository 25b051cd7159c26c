"""YAML with places: data beside the line of every key, so that a fault can say where it stands."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from therapyarc.files.errors import Fault, FaultyFileError

__all__ = ["Located", "Place", "read_located"]

Place = tuple[str | int, ...]
"""Where something stands: keys and list indices from the root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A file's data and the lines of its parts."""

    path: Path
    """The file."""
    data: Any
    """Plain mappings, sequences and scalars."""
    lines: dict[Place, int]
    """Line (from 1) of every key and element."""

    def line(self, place: Place) -> int | None:
        """Return the line of the nearest enclosing part that has one."""
        for end in range(len(place), -1, -1):
            if place[:end] in self.lines:
                return self.lines[place[:end]]
        return None

    def fault(self, place: Place, advice: str, got: object = "") -> Fault:
        """Make a fault that stands at `place`."""
        field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
        shown = "" if got == "" else _shown(got)
        return Fault(file=str(self.path), line=self.line(place), field=field, got=shown, advice=advice)


class _Loader(yaml.SafeLoader):
    """YAML 1.2 scalars: `no` and `on` are words, only `true` and `false` are booleans, and dates stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[-1] not in {"bool", "timestamp"}
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false|True|False)$"), list("tfTF")
)


def read_located(path: Path) -> Located:
    """Read a YAML file.

    Raises
    ------
    FaultyFileError
        If the file is absent, unreadable, no YAML, or names a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise _faulty(path, None, "there is no such file; check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise _faulty(path, None, f"cannot be read as UTF-8 text: {error}") from error
    loader = _Loader(text)
    faults: list[Fault] = []
    lines: dict[Place, int] = {}
    try:
        node = loader.get_single_node()
        data = None if node is None else _construct(path, loader, node, (), lines, faults)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise _faulty(
            path, None if mark is None else mark.line + 1, f"is no YAML: {error.problem}"
        ) from error
    except yaml.YAMLError as error:
        raise _faulty(path, None, f"is no YAML: {error}") from error
    finally:
        loader.dispose()
    if faults:
        raise FaultyFileError(tuple(faults))
    return Located(path=path, data=data, lines=lines)


def _construct(
    path: Path, loader: _Loader, node: yaml.Node, place: Place, lines: dict[Place, int], faults: list[Fault]
) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if key in mapping:
                advice = f"the key {key!r} stands twice; keep one"
                faults.append(Fault(file=str(path), line=line, field=str(key), got="", advice=advice))
            lines[*place, key] = line
            mapping[key] = _construct(path, loader, value_node, (*place, key), lines, faults)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [
            _construct(path, loader, child, (*place, index), lines, faults)
            for index, child in enumerate(node.value)
        ]
    return loader.construct_object(node, deep=True)


def _faulty(path: Path, line: int | None, advice: str) -> FaultyFileError:
    return FaultyFileError((Fault(file=str(path), line=line, field="", got="", advice=advice),))


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
