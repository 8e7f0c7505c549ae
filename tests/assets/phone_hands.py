"""How tests drive the screens of devices."""

from mobile.core import register

STROKE = [(100, 300), (300, 100), (500, 300), (700, 120)]


def go(shown, name, **args):
    """Open a screen; the screen."""
    screen = shown.parts.nav.go(name, **args)
    shown.robot.settle()
    return screen


def scan(shown, code):
    """A code is read by the scan field in front."""
    shown.robot.find(cls="ScanField").dispatch("on_code", code)
    shown.robot.settle()


def sign(screen):
    """A finger writes on the pad."""
    screen.ids.sign.take(STROKE)


def said(shown):
    """All words on the screen, as one text."""
    return "\n".join(shown.robot.texts())


def seen(shown, thing):
    """A thing as this phone shows it: (state, holder, waits)."""
    from uuid import UUID

    one = register.thing(shown.parts.store, UUID(thing["id"]))
    return one.value["state"], one.value["holder"], one.waits


def rows(model):
    """The titles of a list's rows."""
    return [row["title"] for row in model.rows]
