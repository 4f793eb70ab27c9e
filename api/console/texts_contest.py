"""The words of the page of a contest."""

from assessor.types import Text

CONTEST_TEXTS: dict[str, Text] = {
    "contest.title": Text("竞赛评分", "Contest"),
    "contest.hint": Text(
        "两位裁判互不知情、不知选手；相差超出允许值时由第三位裁判评，再由裁判长仲裁。",
        "Two referees mark without knowing whose it is or what the other gave; too far apart, a third marks, "
        "then the chief referee decides.",
    ),
    "contest.school": Text("全校", "Whole school"),
    "contest.single": Text("这里还没有双评的作品", "Nothing here is marked by two"),
    "contest.single_hint": Text(
        "裁判长在上方打开双评后，队列不再显示姓名。",
        "Once the chief referee turns it on, the queue shows no names any more.",
    ),
    "contest.settings": Text("评分方式", "How it is marked"),
    "contest.double": Text("两位裁判盲评", "Two referees, blind"),
    "contest.tolerance": Text("允许相差（分值的 %）", "May differ by (% of the points)"),
    "contest.item_tolerance": Text("单独允许相差（分）", "Own tolerance (points)"),
    "contest.item": Text("评分项", "Item"),
    "contest.points": Text("分值", "Points"),
    "contest.save": Text("保存", "Save"),
    "contest.saved": Text("已保存，队列已更新。", "Saved; the queue follows."),
    "contest.wrong": Text(
        "允许值应为 0 到 100 的数；单项允许值不超过其分值。",
        "A tolerance is a number from 0 to 100; of one item no more than its points.",
    ),
    "contest.progress": Text("进度：{attempts} 份作品", "Progress: {attempts} works"),
    "contest.stage.first": Text("待一评", "First mark"),
    "contest.stage.second": Text("待二评", "Second mark"),
    "contest.stage.third": Text("待三评", "Third mark"),
    "contest.stage.arbitration": Text("待仲裁", "Chief referee"),
    "contest.stage.settled": Text("已定", "Settled"),
    "contest.markers": Text("裁判", "Referees"),
    "contest.marker": Text("裁判", "Referee"),
    "contest.count": Text("已评", "Marked"),
    "contest.mean": Text("平均得分率", "Mean share"),
    "contest.spread": Text("离散", "Spread"),
    "contest.apart": Text("比另一位", "Beside the other"),
    "contest.flagged": Text("异常", "Abnormal"),
    "contest.took": Text("每项用时", "Time each"),
    "contest.curve": Text("得分分布", "Score curve"),
    "contest.curve_of": Text(
        "从 0 到满分每一成的份数：{counts}", "Marks in each tenth, from 0 to full: {counts}"
    ),
    "contest.abnormal": Text("异常标记", "Flagged as abnormal"),
    "contest.open": Text("待裁决", "Waits for a decision"),
    "contest.decided": Text("已裁决", "Decided"),
    "contest.go": Text("去评分", "To the marking"),
    "contest.none_yet": Text("还没有人评分。", "Nobody has marked yet."),
}
