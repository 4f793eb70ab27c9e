"""The words of a mark sheet in both languages, for the printed page, the console and tables."""

from assessor.types import MarkLine, Text

WORDS: dict[str, Text] = {
    "state.proposed": Text("机器建议", "Proposed"),
    "state.confirmed": Text("已确认", "Confirmed"),
    "state.released": Text("已发布", "Released"),
    "outcome.met": Text("符合", "Met"),
    "outcome.not_met": Text("不符合", "Not met"),
    "outcome.unsure": Text("存疑", "Unsure"),
    "outcome.not_observed": Text("未观测", "Not observed"),
    "outcome.open": Text("待评", "Open"),
    "check.video": Text("视频", "Video"),
    "check.photo": Text("照片", "Photo"),
    "check.reading": Text("读数", "Reading"),
    "check.person": Text("人工", "Person"),
    "mistake.order": Text("顺序错误", "Wrong order"),
    "mistake.omission": Text("漏做", "Left out"),
    "mistake.wrong_wire": Text("接错线", "Wrong wire"),
    "mistake.wrong_colour": Text("颜色错误", "Wrong colour"),
    "mistake.unsafe_act": Text("不安全操作", "Unsafe act"),
    "mistake.tool_left": Text("工具遗留", "Tool left"),
    "mistake.finding": Text("成品缺陷", "Finding"),
    "mistake.failed_try": Text("试车未通过", "Failed try"),
    "mistake.damage": Text("损坏", "Damage"),
    "mistake.corrected": Text("已改正", "Put right"),
    "gap.covered": Text("镜头被遮挡", "camera covered"),
    "gap.frozen": Text("画面冻结", "picture frozen"),
    "gap.dark": Text("画面过暗", "too dark"),
    "gap.no_markers": Text("看不到定位标记", "markers not seen"),
    "gap.unseen": Text("看不到工位", "bench not seen"),
    "gap.recording cut": Text("录像被截断", "recording cut"),
    "gap.moved": Text("摄像头被移动", "camera moved"),
    "gap.starting": Text("摄像头启动中", "camera starting"),
    "gap.offline": Text("摄像头离线", "camera offline"),
    "gap.stalled": Text("没有新画面", "no new pictures"),
    "gap.corrupt": Text("画面损坏", "damaged pictures"),
    "gap.overexposed": Text("画面过曝", "overexposed"),
    "gap.slow": Text("帧率过低", "too few pictures a second"),
    "gap.wrong_camera": Text("摄像头接错", "another bench's camera"),
    "gap.faulted": Text("采集已暂停", "capture paused after crashes"),
    "gap.ended": Text("录像已播放完", "the played recording had ended"),
    "effect.zero": Text("所列项目计零分", "the items named earn nothing"),
    "effect.fail": Text("不合格", "not passed"),
    "effect.disqualify": Text("取消成绩", "disqualified: no points"),
    "effect.stop": Text("终止考试，其后不计", "stopped: nothing later counts"),
    "veto.proposed": Text("待人确认", "waits for a person"),
    "veto.confirmed": Text("已确认", "confirmed"),
    "veto.refused": Text("已驳回", "refused"),
    "line.overtime": Text("超时", "Overtime"),
    "line.veto": Text("否决项", "Veto"),
    "passed.yes": Text("合格", "Passed"),
    "passed.no": Text("不合格", "Not passed"),
    "passed.open": Text("合格与否未定", "Pass not decided yet"),
}

SUPPLIES = {
    "video": Text("教师查看录像", "a teacher who looks at the recording"),
    "photo": Text(
        "成品照片：由机器读取，或由看照片的人填写",
        "a photo of the finished work: read by the machine or entered by who looks at it",
    ),
    "reading": Text("测量的人填写读数，或由仪表传入", "whoever measures enters it, or the meter sends it"),
    "person": Text("教师或评委评定", "a teacher or referee decides"),
}


def word(prefix: str, key: str) -> Text:
    """The words of `prefix.key`, or the key itself where a rule file brought its own."""
    return WORDS.get(f"{prefix}.{key}", Text(key, key))


def outcome_word(line: MarkLine) -> Text:
    """How a line stands; one that nobody has supplied the evidence for is open."""
    return word("outcome", "open" if line.awarded is None else line.outcome.value)


def passed_word(passed: bool | None) -> Text:
    """Whether it is enough to pass."""
    return word("passed", {True: "yes", False: "no", None: "open"}[passed])
