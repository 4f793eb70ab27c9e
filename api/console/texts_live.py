"""Words of the pages of a watched classroom."""

from assessor.types import Text

LIVE_TEXTS = {
    "nav.wall": Text("课堂", "Live"),
    "wall.title": Text("课堂实况", "Live classroom"),
    "wall.none": Text("本服务器没有观察任何教室", "This server watches no classroom"),
    "wall.none_hint": Text(
        "用下面的命令观察一间教室。", "Watch a classroom with this command; its benches appear here."
    ),
    "wall.pause": Text("全班暂停", "Pause the class"),
    "wall.go_on": Text("全班继续", "Go on"),
    "wall.begin": Text("开始", "Begin"),
    "wall.end": Text("结束", "End"),
    "wall.student": Text("学号", "Student number"),
    "wall.screen": Text("工位屏幕", "Bench screen"),
    "wall.rate": Text("每秒观察 {rate} 次", "{rate} looks a second"),
    "wall.tell": Text("确认：{what}", "Confirm: {what}"),
    "wall.told": Text("已告知评判：{what}", "The judge was told: {what}"),
    "wall.picture": Text("{bench} 的画面", "Picture of {bench}"),
    "live.free": Text("空闲", "Free"),
    "live.running": Text("进行中", "Running"),
    "live.paused": Text("已暂停", "Paused"),
    "live.closing": Text("正在评判", "Being judged"),
    "live.step": Text("第 {done} / {all} 步", "Step {done} of {all}"),
    "live.now": Text("现在：", "Now:"),
    "live.all_done": Text("所有步骤已完成", "Every step is done"),
    "live.raised": Text("举手请教师", "Asks for the teacher"),
    "live.raise": Text("举手", "Raise hand"),
    "live.lower": Text("放下", "Lower hand"),
    "live.exam": Text("考试", "Exam"),
    "live.practice": Text("练习", "Practice"),
    "live.safety": Text("安全警报", "Safety alarm"),
    "live.wait": Text("请等教师开始", "Wait until the teacher begins"),
    "live.unseen": Text("看不到工位", "The bench cannot be seen"),
    "live.not_blamed": Text("这不算您的错误。", "This is not held against you."),
    "step.done": Text("已完成", "Done"),
    "step.now": Text("轮到", "Now"),
    "step.waiting": Text("未到", "To come"),
    "step.wrong": Text("有误", "Wrong"),
    "step.unsure": Text("不确定", "Unsure"),
}
