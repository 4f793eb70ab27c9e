"""Which kind of rule file a text is, told by its keys, so that a mixed-up file is refused in one sentence.

Between the tree of a file and the models of benches, device classes, procedures, rule sets and classrooms.
"""

from assessor.errors import Fault, RuleFileError
from assessor.located_yaml.source import Source
from assessor.located_yaml.tree import Mapping, parse
from assessor.types import Text

KINDS: dict[str, Text] = {
    "classroom": Text(zh="教室文件", en="a classroom file"),
    "procedure": Text(zh="作业流程文件", en="a procedure file"),
    "rule_set": Text(zh="规则集文件", en="a rule set file"),
    "bench": Text(zh="工位文件", en="a bench file"),
    "devices": Text(zh="设备类型文件", en="a file of device classes"),
}
SIGNS = {
    "classroom": {"classroom", "seat_plan"},
    "rule_set": {"rule_set"},
    "procedure": {"procedure", "rubric"},
    "bench": {"camera", "marker_dictionary", "markers", "devices", "terminals"},
    "devices": {"device_classes"},
}
SWAPPED = Text(zh="作业流程和工位是否写反了位置？", en="are bench and procedure named in each other's place?")


def kind_of(tree: Mapping) -> str | None:
    """The kind whose keys no other kind has; None when there is none of them."""
    return next((kind for kind, signs in SIGNS.items() if signs & tree.marks.keys()), None)


def refuse_other_kind(source: Source, wanted: str) -> None:
    """RuleFileError where a file is plainly of another kind than `wanted`."""
    tree, _ = parse(source)
    kind = kind_of(tree)
    if kind is None or SIGNS[wanted] & tree.marks.keys():
        return
    hint = SWAPPED if {kind, wanted} == {"bench", "procedure"} else None
    raise RuleFileError([Fault(source.name, 1, 1, "", KINDS[wanted], KINDS[kind], hint)])
