"""The keys of the review page: what the page's script is told, and the help in which they are changed."""

import json
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Mapping

from api.console.elements import Words, box, set_attributes
from api.console.fields import button, reload_page, toast
from api.console.texts import Language, say
from assessor.errors import RefusedError
from assessor.people.caller import Caller
from assessor.review.keys import PRESETS, USUAL, Keys, keep_keys
from assessor.store import Store

SHOWN = {
    "arrowleft": "←",
    "arrowright": "→",
    "arrowup": "↑",
    "arrowdown": "↓",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}
FIXED = ("digits", "bulk", "space", "control")
Keep = Callable[[Keys], Awaitable[None]]


def key_map(keys: Keys) -> None:
    """What the page's script reads the person's keys from."""
    told = json.dumps({"on": keys.on, "keys": keys.all})
    box("span", "unseen", data_key_map=told, aria_hidden="true")


def shown_key(keys: Keys, action: str) -> str:
    """The key of an action as it stands on a keyboard."""
    key = keys.all[action]
    return SHOWN.get(key, key.upper() if len(key) == 1 else key)


def key_help(keys: Keys, language: Language, keep: Keep) -> None:
    """Every action with its key; each can be changed, two for one key are pointed out."""
    with box("dialog", "dialog key-help", data_help="", aria_label=say("review.help", language)):
        Words("h2", say("review.help", language))
        with box("div", "form-row"):
            with box("label", "switch"):
                switch = box("input", type="checkbox", data_keys_on="")
                if keys.on:
                    set_attributes(switch, checked=True)
                Words("span", say("review.keys_off", language))
            _presets(keys, language)
        with box("div", "key-list"):
            for action in USUAL:
                _action(keys, action, language)
        for one in FIXED:
            Words("p", say(f"review.fixed.{one}", language), "quiet")
        warning = say("review.key_twice", language, sign="#")
        box("p", "key-warning", role="alert", data_key_warning="", data_text=warning)
        with box("div", "decisions"):
            save = button(say("review.keep_keys", language), None, "main-button", "keyboard")
            save.on("click", lambda e: keep(_wanted(e.args)), js_handler="() => emit(wantedKeys())")
            set_attributes(save, data_keep_keys="")
            set_attributes(button(say("review.close", language)), data_close="")


async def keep_for(store: Store, caller: Caller, keys: Keys, language: Language) -> None:
    """Keep the keys of the person who asks; the page comes anew with them."""
    try:
        await to_thread(keep_keys, store, caller, keys)
    except RefusedError as error:
        toast(getattr(error.text, language), "wrong")
        return
    toast(say("review.keys_kept", language))
    reload_page()


def _presets(keys: Keys, language: Language) -> None:
    told = json.dumps({name: {**USUAL, **changed} for name, changed in PRESETS.items()})
    with box("label", "field"):
        Words("span", say("review.preset", language))
        with box("select", data_preset="", data_presets=told):
            for name in PRESETS:
                chosen = {"selected": "selected"} if name == keys.preset else {}
                Words("option", say(f"review.preset.{name}", language), "", value=name, **chosen)


def _action(keys: Keys, action: str, language: Language) -> None:
    name = say(f"review.act.{action}", language)
    with box("label", "key-row"):
        Words("span", name)
        shown = shown_key(keys, action)
        box("input", value=shown, readonly=True, data_remap=action, data_is=keys.all[action], aria_label=name)


def _wanted(args: object) -> Keys:
    """What the page sent: only what differs from its preset is the person's own."""
    told: Mapping[str, object] = args if isinstance(args, dict) else {}
    preset, chosen = str(told.get("preset", "")), told.get("keys")
    usual = {**USUAL, **PRESETS.get(preset, {})}
    given = {str(k): str(v)[:20] for k, v in chosen.items()} if isinstance(chosen, dict) else {}
    own = {action: key for action, key in given.items() if usual.get(action) != key}
    return Keys(preset, bool(told.get("on", True)), own)
