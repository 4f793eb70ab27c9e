"""What a camera's state means and what to do about it, zh and en (`CameraState`, codes of a lost camera)."""

from assessor.classroom.health import CameraState
from assessor.types import Text

STATES: dict[CameraState, tuple[Text, Text]] = {
    CameraState.STARTING: (Text("正在启动", "starting"), Text("请稍候", "wait a moment")),
    CameraState.LIVE: (Text("正常", "live"), Text("", "")),
    CameraState.OFFLINE: (Text("离线", "offline"), Text("检查电源和网线", "check power and cable")),
    CameraState.STALLED: (
        Text("没有新画面", "no new pictures"),
        Text(
            "程序会重新连接；若仍无画面，请重启摄像头",
            "it is being opened anew; if that fails, restart the camera",
        ),
    ),
    CameraState.CORRUPT: (
        Text("画面损坏", "damaged pictures"),
        Text(
            "检查网线和网络负载，或降低分辨率",
            "check the cable and the network's load, or wish for a smaller size",
        ),
    ),
    CameraState.COVERED: (
        Text("镜头被遮挡或画面全黑", "lens covered or picture black"),
        Text("取下遮挡物，打开照明", "uncover the lens, switch the light on"),
    ),
    CameraState.OVEREXPOSED: (
        Text("画面过曝", "picture overexposed"),
        Text("遮住直射光，或降低曝光", "shade the lens from direct light, or lower the exposure"),
    ),
    CameraState.FROZEN: (
        Text("画面冻结", "picture frozen"),
        Text("重启摄像头（断电后再接通）", "restart the camera: take its power off and on"),
    ),
    CameraState.SLOW: (
        Text("帧率过低", "too few pictures a second"),
        Text(
            "检查网络负载，或降低分辨率和帧率", "check the network's load, or wish for a smaller size or rate"
        ),
    ),
    CameraState.MOVED: (
        Text("摄像头被移动", "camera moved"),
        Text("扶正并固定摄像头，露出所有标记", "put the camera back, fasten it, uncover all markers"),
    ),
    CameraState.WRONG_CAMERA: (
        Text("画面是工位 {about} 的", "it shows the bench {about}"),
        Text(
            "摄像头接错：请对调插头，或改正教室文件",
            "cameras are exchanged: swap the plugs, or put the classroom file right",
        ),
    ),
    CameraState.FAULTED: (
        Text("采集程序反复崩溃，已暂停", "the capture keeps crashing and is paused"),
        Text(
            "其他工位不受影响；更换摄像头或其固件，一分钟后自动再试",
            "other benches go on; exchange the camera or its firmware; it is tried again in a minute",
        ),
    ),
    CameraState.ENDED: (
        Text("录像已播放完", "the recording has ended"),
        Text("写 loop: true 可循环播放", "loop: true plays it again"),
    ),
}

LOST: dict[str, tuple[Text, Text]] = {
    "ended": (Text("连接中断", "the connection ended"), Text("检查电源和网线", "check power and cable")),
    "silent": (
        Text("已连接但没有画面", "it is connected but sends nothing"),
        Text("重启摄像头，检查网线", "restart the camera, check the cable"),
    ),
    "no_pictures": (
        Text("有数据但没有画面", "it sends something, but no picture"),
        Text("重启摄像头，检查其视频格式", "restart the camera, check its video format"),
    ),
    "refused": (
        Text("拒绝连接", "it refuses the connection"),
        Text("摄像头可能正在启动；检查端口", "the camera may be starting; check the port"),
    ),
    "unreachable": (
        Text("无法到达该地址", "its address cannot be reached"),
        Text("检查网线、电源和地址", "check cable, power and address"),
    ),
    "unknown_host": (
        Text("无法解析主机名", "its host name is not known"),
        Text("检查主机名，或改写 IP 地址", "check the name, or write the address in numbers"),
    ),
    "unauthorised": (
        Text("用户名或密码不被接受", "user or password is not accepted"),
        Text(
            "检查 login；每 30 秒才再试一次，以免账号被锁",
            "check its login; tried only every 30 s, so as not to lock it",
        ),
    ),
    "not_found": (
        Text("该地址没有视频（404）", "there is no video at this address (404)"),
        Text("检查地址中的路径", "check the path of the address"),
    ),
    "not_allowed": (
        Text("该地址未被允许", "its address is not allowed"),
        Text(
            "请管理员把它加入 allowed 或 ASSESSOR_OUTBOUND",
            "the administrator adds it to 'allowed' or ASSESSOR_OUTBOUND",
        ),
    ),
    "no_login": (
        Text("读不到用户名和密码", "its user and password cannot be read"),
        Text("assessor check 会说明原因", "assessor check says why"),
    ),
    "no_device": (
        Text("该接口上没有摄像头", "no camera is plugged in there"),
        Text(
            "插好 USB 插头；assessor cameras 列出现有摄像头",
            "plug it in; assessor cameras lists what there is",
        ),
    ),
    "no_permission": (
        Text("没有使用该设备的权限", "no permission to use the device"),
        Text("把运行程序的用户加入 video 组", "add the user that runs the program to the group 'video'"),
    ),
    "busy": (
        Text("被其他程序占用 {about}", "another program uses it {about}"),
        Text("关闭该程序", "close that program"),
    ),
    "no_bandwidth": (
        Text("USB 总线 {about} 带宽不足", "the USB bus {about} has no bandwidth left"),
        Text(
            "把摄像头分插到不同的总线，或减小 size 和 fps",
            "plug cameras into different buses, or wish for a smaller size and fps",
        ),
    ),
    "no_video": (
        Text("收到的不是视频", "what it sends is no video"),
        Text("检查地址和摄像头的视频格式", "check the address and the camera's video format"),
    ),
    "resized": (
        Text("画面大小变为 {about}", "its picture size changed to {about}"),
        Text("程序会按新大小重新打开", "it is opened anew with that size"),
    ),
    "hung": (Text("采集程序没有响应", "its capture hung"), Text("程序会重新启动它", "it is started anew")),
    "crashed": (Text("采集程序崩溃", "its capture crashed"), Text("程序会重新启动它", "it is started anew")),
}


def said(state: CameraState, about: str = "") -> Text:
    """What is the matter."""
    words, _ = (
        LOST.get(about.partition(" ")[0], STATES[state]) if state is CameraState.OFFLINE else STATES[state]
    )
    return _with(words, about)


def what_to_do(state: CameraState, about: str = "") -> Text:
    """What a teacher can do about it; empty where nothing is the matter."""
    _, words = (
        LOST.get(about.partition(" ")[0], STATES[state]) if state is CameraState.OFFLINE else STATES[state]
    )
    return _with(words, about)


def _with(words: Text, about: str) -> Text:
    detail = about.partition(" ")[2] if about.partition(" ")[0] in LOST else about
    zh, en = (" ".join(one.format(about=detail).split()) for one in (words.zh, words.en))
    return Text(zh, en)
