"""What makes a page hard to use for somebody: rules of axe-core, small targets, focus that cannot be seen."""

from functools import cache
from importlib.resources import files
from typing import Any

from tests.console_site import Console

# Of the parts that the console is made of (NiceGUI, CodeMirror, Quasar), not of ours:
# a page has its h1 where it has a title, and Quasar's own page container is no landmark.
PASSED_OVER = ("region", "page-has-heading-one")
# Parts that come with NiceGUI as they are, what is closed, and rows of the queue: each is chosen by its own
# keys and holds a box to pick it, which axe takes for two controls in one.
NOT_OURS = (
    ".cm-scroller",
    ".q-uploader",
    ".q-tab-panel, .q-panel",
    ".queue-rows",
    "details:not([open]) > *:not(summary)",
)
LEAST_PX = 44
AXE = """
const done = arguments[arguments.length - 1];
const rules = Object.fromEntries(arguments[0].map((name) => [name, { enabled: false }]));
axe.run({ exclude: arguments[1].map((css) => [css]) }, { rules, resultTypes: ["violations"] })
  .then((found) => done(found.violations.map((one) => [one.id, one.nodes.map((node) => node.html.slice(0, 160)
    + " " + node.any.map((why) => why.message).join("; ").slice(0, 160)).slice(0, 4)])))
  .catch((fault) => done([["axe", [String(fault)]]]));
"""
# What is pressed or typed into and can be seen; of a link that covers its row, the row; of what stands in a
# label, the label. Exempt (WCAG 2.5.8): a link within a sentence, a mark of the time axis, whose place is its
# meaning, and what is not seen.
TARGETS = """
const least = arguments[0], found = [];
const pressed =
  "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=tab], [role=button]";
const exempt = ".cm-editor, .skip, video, .track, .unseen, .q-uploader";
const isText = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim();
for (const one of document.querySelectorAll(pressed)) {
  if (!one.checkVisibility({ visibilityProperty: true }) || one.closest(exempt)) continue;
  if (one.matches("a") && [...one.parentElement.childNodes].some(isText)) continue;
  const area = (one.matches(".cover") && one.closest(".entry")) || one.closest("label") || one;
  const { width, height } = area.getBoundingClientRect();
  if (width > 0 && (width < least - 0.5 || height < least - 0.5))
    found.push(`${Math.round(width)}x${Math.round(height)} ${one.outerHTML.slice(0, 120)}`);
}
return found;
"""
FOCUS = """
const found = [];
const reached = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=tab]";
for (const one of document.querySelectorAll(reached)) {
  if (one.disabled || one.tabIndex < 0 || !one.checkVisibility({ visibilityProperty: true })) continue;
  if (one.closest(".cm-editor, .q-uploader, .skip")) continue;
  one.focus({ preventScroll: true });
  if (document.activeElement !== one) continue;
  const parts = [one, one.closest(".entry"), one.closest("label")].filter(Boolean);
  const helper = one.querySelector(".q-focus-helper");  // of Quasar's tabs
  const seen = parts.some((part) => getComputedStyle(part).outlineStyle !== "none") ||
    (helper && getComputedStyle(helper).opacity > 0);
  if (!seen) found.push(one.outerHTML.slice(0, 160));
}
return found;
"""


def violations(console: Console) -> Any:
    """Rules of axe-core that the page as it stands breaks: contrast, names, labels, roles, order."""
    console.script(_axe())
    return console.browser.execute_async_script(AXE, list(PASSED_OVER), list(NOT_OURS))


def small_targets(console: Console) -> Any:
    """Controls smaller than a finger wants them."""
    return console.script(TARGETS, LEAST_PX)


def without_focus(console: Console) -> Any:
    """What can be reached by keyboard without showing it."""
    from selenium.webdriver.common.keys import Keys

    console.browser.switch_to.active_element.send_keys(Keys.TAB)  # from now on the keyboard is in use
    return console.script(FOCUS)


@cache
def _axe() -> str:
    return files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
