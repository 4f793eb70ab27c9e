"""Every word of the console in both languages; the terms are those of the design."""

from typing import Literal

from api.console.texts_contest import CONTEST_TEXTS
from api.console.texts_doors import DOOR_TEXTS
from api.console.texts_editor import EDITOR_TEXTS
from api.console.texts_live import LIVE_TEXTS
from api.console.texts_marks import MARK_TEXTS
from api.console.texts_people import PEOPLE_TEXTS
from api.console.texts_privacy import PRIVACY_TEXTS
from api.console.texts_review import REVIEW_TEXTS
from assessor.sheet_words import WORDS
from assessor.types import Outcome, Text

Language = Literal["zh", "en"]

TEXTS: dict[str, Text] = {
    **WORDS,
    **EDITOR_TEXTS,
    **DOOR_TEXTS,
    **REVIEW_TEXTS,
    **CONTEST_TEXTS,
    **LIVE_TEXTS,
    **MARK_TEXTS,
    **PEOPLE_TEXTS,
    **PRIVACY_TEXTS,
    "product": Text("实训评测", "Assessor"),
    "nav.main": Text("主导航", "Main"),
    "nav.attempts": Text("作答", "Attempts"),
    "nav.rules": Text("流程", "Procedures"),
    "nav.about": Text("关于", "About"),
    "nav.language": Text("English", "中文"),
    "nav.theme": Text("切换明暗", "Light or dark"),
    "attempts.title": Text("作答", "Attempts"),
    "attempts.count": Text("共 {count} 份", "{count} in all"),
    "attempts.none_found": Text("没有符合条件的作答。", "No attempt fits."),
    "attempts.recording": Text("录像", "Recording"),
    "attempts.student": Text("学生", "Student"),
    "attempts.procedure": Text("作业流程与工位", "Procedure and bench"),
    "attempts.scored": Text("评测时间", "Scored"),
    "attempts.points": Text("得分", "Points"),
    "attempts.outcomes": Text("判定", "Verdicts"),
    "attempts.state": Text("状态", "State"),
    "attempts.notes": Text("提示", "Notes"),
    "attempts.older": Text("更早的作答", "Older attempts"),
    "attempts.newest": Text("回到最新", "Newest attempts"),
    "attempts.none": Text("还没有作答", "No attempts yet"),
    "attempts.none_hint": Text(
        "用下面的命令评测一段录像，结果会出现在这里。",
        "Score a recording with this command and it appears here.",
    ),
    "attempts.more_names": Text(
        "同一录像的另外 {count} 个文件名：{names}", "{count} more names of this recording: {names}"
    ),
    "student.none": Text("未指定", "Not named"),
    "state.proposed.hint": Text(
        "由机器提出，须经教师确认才算成绩。",
        "Proposed by the machine; a mark only once a teacher confirms it.",
    ),
    "partial": Text("不完整 {note}", "Partial {note}"),
    "partial.hint": Text(
        "录像被截断；没拍到的部分不扣分。",
        "The recording was cut; what it does not show costs no points.",
    ),
    "gaps": Text("缺口 {count}", "Gaps {count}"),
    "gaps.hint": Text(
        "有一段时间看不到工位；这不算学生的错。",
        "The bench was not seen for a time; never a failure of the student.",
    ),
    "open_points": Text("{points} 分待评", "{points} open"),
    "open_points.hint": Text(
        "等待照片、读数或人工评分，不计入满分。",
        "Waits for a photo, a reading or a person; not in the total.",
    ),
    "sheet.back": Text("返回作答列表", "Back to the attempts"),
    "sheet.title": Text("评分表", "Mark sheet"),
    "sheet.print": Text("打印", "Print"),
    "sheet.pass_line": Text("及格线 {points} 分", "Pass line {points} points"),
    "sheet.vetoes": Text("否决项", "Vetoes"),
    "sheet.veto": Text("否决项", "Veto"),
    "sheet.check": Text("依据", "Checked by"),
    "sheet.no_lines": Text("这份评分表没有评分项。", "This mark sheet has no rubric items."),
    "timeline.title": Text("时间轴", "Timeline"),
    "timeline.steps": Text("步骤", "Steps"),
    "timeline.mistakes": Text("错误", "Mistakes"),
    "timeline.no_mistakes": Text("没有发现错误", "No mistakes found"),
    "timeline.gap": Text("缺口 {start}–{end}：{reason}", "Gap {start}–{end}: {reason}"),
    "line.reason": Text("理由", "Reason"),
    "line.no_reason": Text("没有说明。", "No reason was given."),
    "line.confidence": Text("把握", "Confidence"),
    "line.interval": Text("证据区间", "Evidence"),
    "line.at": Text("时刻", "Time"),
    "line.decided": Text("判定时刻", "Decided"),
    "line.decided_at": Text("{at} 判定", "decided {at}"),
    "line.clip": Text("证据片段", "Clip of the evidence"),
    "line.clip_gone": Text("片段文件不在数据目录中。", "The clip is not in the data folder."),
    "line.still": Text("静帧", "Still"),
    "line.still_open": Text("打开静帧大图", "Open the still in full size"),
    "line.evidence_n": Text("证据 {number}", "Evidence {number}"),
    "line.no_clip": Text("此项没有片段", "No clip for this item"),
    "line.no_clip.met": Text(
        "完全符合且把握充分的项不留片段。", "No clip is kept where everything is met for certain."
    ),
    "line.no_clip.open": Text("等待{check}；补充后即可评分。", "Waits for: {check}."),
    "line.no_clip.other": Text("没有可供查看的画面。", "There is nothing to look at."),
    "line.mistakes": Text("错误", "Mistakes"),
    "line.rule": Text("规则原文", "Rule as written"),
    "line.rule_whole": Text("全文", "Whole file"),
    "line.rule_lost": Text("规则文件没有这一行。", "The rule file has no such line."),
    "line.choose": Text(
        "选择左侧一项，查看片段、理由和规则。",
        "Choose an item on the left to see its clip, reason and rule.",
    ),
    "line.keys": Text(
        "空格 播放 · J/L 退/进 5 秒 · ←/→ 1 秒 · ,/. 一帧 · N/P 下/上一项",
        "Space play · J/L 5 s · ←/→ 1 s · ,/. one frame · N/P next/previous item",
    ),
    "about.title": Text("关于", "About"),
    "about.what": Text(
        "看工位录像，按教师写的作业流程逐条核对，给出每一行都带证据的评分建议。是否算数由教师决定。",
        "Watches the recording of a bench, checks it against the procedure a teacher wrote, and proposes "
        "marks with evidence on every line. A teacher decides what counts.",
    ),
    "about.version": Text("版本", "Version"),
    "about.licence": Text("许可证", "Licence"),
    "about.licence_text": Text(
        "自由软件，GNU Affero 通用公共许可证第 3 版或更高版本。不作任何担保。",
        "Free software under the GNU Affero General Public License, version 3 or later. No warranty.",
    ),
    "about.source": Text("源代码", "Source code"),
    "about.source_link": Text("下载正在运行的源代码（zip）", "Download the source that is running (zip)"),
    "about.network": Text("网络", "Network"),
    "about.network_text": Text(
        "控制台只使用本服务器上的文件，不加载任何外部资源。",
        "The console uses files of this server only and loads nothing from elsewhere.",
    ),
    "about.api": Text("接口", "Interface"),
    "about.api_link": Text("OpenAPI 描述（/v1/openapi.json）", "OpenAPI description (/v1/openapi.json)"),
    "procedure.graph": Text("步骤与全程规则", "Steps and standing rules"),
    "procedure.rubric": Text("评分标准", "Rubric"),
    "procedure.item": Text("评分项", "Item"),
    "procedure.points": Text("分值", "Points"),
    "procedure.check": Text("依据", "Checked by"),
    "procedure.asks": Text("检查什么", "What is asked"),
    "procedure.extra": Text("超时与否决项", "Overtime and vetoes"),
    "procedure.unread": Text(
        "此后规则语言有变化，无法再画出步骤图和评分项。",
        "The rule language has changed since then: no picture and no rubric can be made of it.",
    ),
    "missing.title": Text("找不到这个页面", "There is no such page"),
    "missing.attempt": Text(
        "没有这份作答；它可能在另一台服务器上。", "There is no such attempt; it may be on another server."
    ),
    "missing.person": Text(
        "没有这个人，或不在您的范围内。", "There is no such person, or not within your classes."
    ),
    "missing.other": Text(
        "没有这一内容，或不在您的范围内。", "There is no such thing, or not within your reach."
    ),
    "missing.home": Text("回到首页", "To the start page"),
    "missing.address": Text("地址可能写错了。", "The address may be mistyped."),
    "broken.title": Text("这个页面出错了", "This page failed"),
    "broken.hint": Text("这是程序的错误，已写入日志。", "This is a fault of the program; it is in the log."),
    "fault.title": Text("读取数据时出错", "The results could not be read"),
    "fault.hint": Text(
        "数据库没有应答；请检查磁盘后重试。",
        "The database does not answer; look at the disk and try again.",
    ),
}


def say(key: str, language: Language, **values: object) -> str:
    """The words of a key in a language, with its {places} filled."""
    found: str = getattr(TEXTS[key], language)
    return found.format(**values) if values else found


def say_or(prefix: str, word: str, language: Language) -> str:
    """The words of `prefix.word`, or the word itself where a rule file brought its own."""
    return say(f"{prefix}.{word}", language) if f"{prefix}.{word}" in TEXTS else word


def shown_outcome(outcome: Outcome, awarded: float | None) -> str:
    """The key under which an outcome is shown: a line nobody has supplied the evidence for is open."""
    return "open" if awarded is None else outcome.value
