"""The words of releasing, of a student's marks, of appeals and of the class board."""

from assessor.types import Text

MARK_TEXTS: dict[str, Text] = {
    "release.left": Text("还有 {count} 项未决定：{items}", "{count} still to be decided: {items}"),
    "release.ready": Text("全部已决定，可以确认。", "Everything is decided; it can be confirmed."),
    "release.confirmed": Text("已确认，可以发布给学生。", "Confirmed; it can be released to the student."),
    "release.released": Text("已发布，学生可以看到。", "Released: the student sees it."),
    "release.stale": Text(
        "确认后又有新的决定，请重新确认。", "Something was decided since: confirm it again."
    ),
    "release.confirm": Text("确认", "Confirm"),
    "release.release": Text("发布", "Release"),
    "release.review": Text("去复核", "Review"),
    "release.now_confirmed": Text("评分表已确认", "The mark sheet is confirmed"),
    "release.now_released": Text("已发布给学生", "Released to the student"),
    "marks.title": Text("我的成绩", "My marks"),
    "marks.released": Text("{when} 发布", "Released {when}"),
    "marks.until": Text("申诉截止 {when}", "Appeals until {when}"),
    "marks.win_back": Text("怎样得回这些分", "How to win it back"),
    "marks.full": Text("满分", "Full marks"),
    "marks.lost": Text("失 {points} 分", "{points} lost"),
    "marks.no_clip": Text("这一项没有片段。", "There is no clip of this item."),
    "marks.machine.not_observed": Text(
        "摄像头没有看到这一项，分数由教师评定。", "The camera did not see this; a teacher gave the points."
    ),
    "marks.machine.unsure": Text(
        "机器拿不准这一项，分数由教师评定。", "The machine was not sure; a teacher gave the points."
    ),
    "marks.unseen": Text("没有看到工位的时间，不扣分", "Times the bench was not seen; they cost no points"),
    "marks.open": Text("待评", "Open"),
    "appeal.make": Text("申诉", "Appeal"),
    "appeal.why": Text("申诉理由", "Why you appeal"),
    "appeal.made": Text("申诉已提交", "The appeal is made"),
    "appeal.withdraw": Text("撤回", "Withdraw"),
    "appeal.withdrawn": Text("申诉已撤回", "The appeal is withdrawn"),
    "appeal.none": Text("没有申诉", "No appeals"),
    "appeal.tasks": Text("请您评分", "For you to mark"),
    "appeal.all": Text("全部申诉", "All appeals"),
    "appeal.blind": Text(
        "您看不到学生姓名，也看不到之前的分数。", "You see neither the student's name nor earlier marks."
    ),
    "appeal.state.open": Text("待指定评分员", "Waits for markers"),
    "appeal.state.marking": Text("评分中", "Being marked"),
    "appeal.state.arbitration": Text("待仲裁", "Waits for arbitration"),
    "appeal.state.decided": Text("已裁定", "Decided"),
    "appeal.state.withdrawn": Text("已撤回", "Withdrawn"),
    "appeal.marker": Text("评分员 {number}", "Marker {number}"),
    "appeal.assign": Text("指定评分员", "Assign the markers"),
    "appeal.assigned": Text("已指定两位评分员", "Two markers are assigned"),
    "appeal.points": Text("分数（{least}–{most}）", "Points ({least} to {most})"),
    "appeal.reason": Text("理由", "Reason"),
    "appeal.mark": Text("提交分数", "Send the mark"),
    "appeal.marked": Text("分数已提交", "The mark is sent"),
    "appeal.arbitrate": Text("裁定", "Decide"),
    "appeal.decided": Text("申诉已裁定", "The appeal is decided"),
    "appeal.came_to": Text("结果：{points} 分", "It came to {points} points"),
    "appeal.gave": Text("{who}：{points} 分", "{who}: {points} points"),
    "appeal.sheet": Text("评分表", "Mark sheet"),
    "board.title": Text("班级", "Classes"),
    "board.class": Text("班级", "Class"),
    "board.number": Text("学号", "Number"),
    "board.name": Text("姓名", "Name"),
    "board.seat": Text("工位", "Bench"),
    "board.attempt": Text("作答", "Attempt"),
    "board.left": Text("待决定", "To decide"),
    "board.table": Text("成绩表（Excel）", "Marks (Excel)"),
    "board.none": Text("没有作答", "No attempt"),
    "board.no_class": Text("还没有班级；请先导入名单。", "There is no class yet: import a roster first."),
    "board.release_all": Text("发布全部已确认的（{count}）", "Release all that are confirmed ({count})"),
    "board.released_all": Text("已发布 {count} 份，{left} 份未发布。", "{count} released, {left} not."),
    "sheet.pdf_hint": Text("评分表 PDF，可保存、签字", "The mark sheet as PDF, to keep and sign"),
}
