"""The words of signing in and out, of setting a school up, and of the navigation."""

from assessor.types import Text

DOOR_TEXTS: dict[str, Text] = {
    "nav.review": Text("复核", "Review"),
    "nav.board": Text("班级", "Classes"),
    "nav.marks": Text("我的成绩", "My marks"),
    "nav.appeals": Text("申诉", "Appeals"),
    "nav.people": Text("人员", "People"),
    "nav.benches": Text("工位", "Benches"),
    "nav.agreement": Text("一致性", "Agreement"),
    "nav.audit": Text("审计", "Audit"),
    "nav.account": Text("账号", "Account"),
    "nav.skip": Text("跳到内容", "Skip to the content"),
    "door.sign_in": Text("登录", "Sign in"),
    "door.sign_out": Text("退出", "Sign out"),
    "door.login": Text("用户名", "User name"),
    "door.password": Text("密码", "Password"),
    "door.ask": Text(
        "没有账号或忘记密码？请向学校管理员索取登录链接。",
        "No account, or the password forgotten? Ask the school's administrator for a sign-in link.",
    ),
    "door.provider": Text("用学校统一身份登录", "Sign in with the school's account"),
    "door.enter": Text("用一次性链接登录", "Sign in with a one-time link"),
    "door.enter_hint": Text(
        "此链接只能使用一次。按下按钮即登录。", "This link works once. Press the button to sign in."
    ),
    "door.spent": Text(
        "这个链接已用过、已过期或不存在，请向管理员索取新的链接。",
        "This link was used, has expired or was never one; ask the administrator for another.",
    ),
    "door.set_up": Text("首次设置", "First set-up"),
    "door.set_up_hint": Text(
        "填写学校和第一位管理员；此后只能登录使用。",
        "Name the school and its first administrator; from then on everybody signs in.",
    ),
    "door.school": Text("学校名称", "Name of the school"),
    "door.name": Text("您的姓名", "Your name"),
    "door.time_zone": Text("时区", "Time zone"),
    "door.begin": Text("建立学校", "Set the school up"),
    "door.new_password": Text("新密码", "New password"),
    "door.old_password": Text("现在的密码", "Present password"),
    "door.password_rule": Text("至少 12 个字符。", "At least 12 characters."),
    "door.change": Text("修改密码", "Change the password"),
    "door.must_change": Text("请先设置自己的密码。", "Choose a password of your own first."),
    "door.changed": Text("密码已修改，请重新登录。", "The password is changed; sign in again."),
    "door.no_roles": Text("没有角色；请联系管理员。", "No role; ask the administrator."),
    "role.student": Text("学生", "Student"),
    "role.teacher": Text("教师", "Teacher"),
    "role.head": Text("教学负责人", "Head"),
    "role.referee": Text("裁判", "Referee"),
    "role.mentor": Text("企业导师", "Mentor"),
    "role.operator": Text("设备管理员", "Operator"),
    "role.auditor": Text("审计员", "Auditor"),
    "role.administrator": Text("管理员", "Administrator"),
    "role.observer": Text("临时查看", "Observer"),
    "missing.right_hint": Text(
        "需要时请向学校管理员申请相应的角色。", "If you need it, ask the school's administrator for the role."
    ),
    "missing.right": Text("您的角色不允许打开此页", "Your role does not open this page"),
}
