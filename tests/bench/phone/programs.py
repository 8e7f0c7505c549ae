"""Programs that are measured: each runs in a process of its own, and prints one line of JSON.

``python -m tests.bench.phone.programs empty|app|fling|use …``
"""

import json
import os
import resource
import statistics
import sys
import time
from pathlib import Path

FRAMES, STEP = 400, 180
"""A fling: so many frames, each so many pixels further."""
SETTLED = 30


def main(what, *arguments):
    """Run one, and tell what it took."""
    PROGRAMS[what](*arguments)


def tell(**found):
    """Print what was found, and end without tidying up."""
    print(json.dumps(found), flush=True)
    os._exit(0)


# ── start ────────────────────────────────────────────────────────────────────────────────────────────────


def empty():
    """An App with nothing but a Widget."""
    window()
    from kivy.app import App
    from kivy.uix.widget import Widget

    at_first_flip(lambda: True)
    bare = App()
    bare.build = Widget
    bare.run()


def app(home, wanted):
    """The app, until what somebody wants to see is drawn: a row of their requests, or that there are none."""
    os.environ["WESTU_HOME"], os.environ["WESTU_SERVER"] = home, "http://127.0.0.1:9"
    import mobile.main  # noqa: F401 - what it sets before anything else is imported counts

    window()
    from mobile.app import main as run

    at_first_flip(lambda: shows(wanted))
    run()


def window():
    """Where there is no GL, the window of the tests; else Kivy's own, as on a desk."""
    if os.environ.get("KIVY_GL_BACKEND") == "mock":
        from tests import headless

        headless.install((412, 892))


def shows(wanted):
    """Whether one of these is in the window."""
    from kivy.core.window import Window

    return any(
        type(widget).__name__ == wanted and shown(widget) for top in Window.children for widget in top.walk()
    )


def shown(widget):
    while widget.parent is not None and widget.parent is not widget:
        if widget.opacity == 0 or 0 in widget.size:
            return False
        widget = widget.parent
    return True


def at_first_flip(seen):
    """Tell wall time, CPU and memory once the first frame is flipped in which this is seen."""
    from kivy.core.window import Window

    def look(*_):
        if not seen():
            return
        Window.flip()
        finish()
        tell(
            until=time.monotonic(), cpu=time.process_time(), main=time.thread_time(), **memory(), **versions()
        )

    Window.bind(on_flip=look)


def memory():
    """Of this process, in MiB."""
    rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    kept = {line.split()[0]: int(line.split()[1]) / 1024 for line in rollup.splitlines()[1:]}
    return {
        "rss": kept["Rss:"],
        "pss": kept["Pss:"],
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def versions():
    """What this was measured with."""
    import kivy
    from kivy.core.window import Window

    kind = type(Window).__name__
    renderer = "mock, nothing drawn"
    sdl = "none"
    if os.environ.get("KIVY_GL_BACKEND") != "mock":
        from kivy.graphics import opengl

        renderer = opengl.glGetString(opengl.GL_RENDERER).decode()
        sdl = linked_sdl()
    python = ".".join(map(str, sys.version_info[:3]))
    return {"versions": f"Python {python}, Kivy {kivy.__version__}, SDL {sdl}, {kind}, GL: {renderer}"}


def linked_sdl():
    """The version of the SDL library that Kivy brought into this process."""
    import ctypes

    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    files = {line.split()[-1] for line in maps if "libSDL2-2" in line}
    if not files:
        return "?"
    numbers = (ctypes.c_uint8 * 3)()
    ctypes.CDLL(files.pop()).SDL_GetVersion(numbers)
    return ".".join(map(str, numbers))


# ── a long list ──────────────────────────────────────────────────────────────────────────────────────────


def finish():
    """Wait until all is drawn: where the processor draws, frames that it has not drawn yet would pile up."""
    if os.environ.get("KIVY_GL_BACKEND") != "mock":
        from kivy.graphics.opengl import glFinish

        glFinish()


def fling(what, count, home=""):
    """Open a list of so many rows, and fling it: bare labels, the resident's list, or the work list."""
    from tests.robot import Robot, choose_window

    choose_window()
    count = int(count)
    if what == "bare":
        robot, listing, loading = bare(Robot, count)
    else:
        robot, listing, loading = ours(Robot, what, count, Path(home))
    robot.frames(SETTLED)
    frames = []
    travel = listing.children[0].height - listing.height
    at = 0.0
    for n in range(FRAMES):
        at += STEP if n < FRAMES // 2 else -STEP
        began = time.thread_time()
        listing.scroll_y = 1 - at / travel
        robot.frames()
        frames.append((time.thread_time() - began) * 1000)
        finish()
    frames.sort()
    tell(
        p50=statistics.median(frames),
        p95=frames[int(len(frames) * 0.95)],
        worst=frames[-1],
        widgets=sum(1 for _ in listing.walk()),
        **loading,
        **memory(),
        **versions(),
    )


def bare(robot_of, count):
    """A RecycleView as in Kivy's own documentation: a Label per row."""
    from kivy.lang import Builder

    began = time.thread_time()
    listing = Builder.load_string("""
RecycleView:
    viewclass: "Label"
    RecycleBoxLayout:
        default_size: None, dp(64)
        default_size_hint: 1, None
        size_hint_y: None
        height: self.minimum_height
        orientation: "vertical"
""")
    robot = robot_of(listing)
    listing.data = [{"text": f"Request {n}"} for n in range(count)]
    robot.frames(SETTLED)
    return robot, listing, {"load": (time.thread_time() - began) * 1000, "longest": 0.0}


def ours(robot_of, screen, count, home):
    """The app's own screen of that name, once all rows are in it."""
    from mobile.app import WestUApp

    westu = WestUApp(server="http://127.0.0.1:9", home=home, threads=False)
    robot = robot_of(westu)
    robot.frames(SETTLED)
    longest, spent = 0.0, 0.0
    end = time.monotonic() + 120
    listing = None
    began = time.thread_time()
    westu.nav.go(screen)
    if screen == "work":
        westu.nav.children[0].model.scope = "all"
    spent = longest = time.thread_time() - began
    while time.monotonic() < end:
        began = time.thread_time()
        robot.frames()
        taken = time.thread_time() - began
        spent, longest = spent + taken, max(longest, taken)
        listing = next(
            (one for one in westu.nav.walk() if type(one).__name__ == "RowList" and len(one.rows) >= count),
            None,
        )
        if listing is not None and any(type(one).__name__ == "Row" for one in listing.walk()):
            break
        time.sleep(0.005)
    assert listing is not None, "the rows did not come"
    return robot, listing, {"load": spent * 1000, "longest": longest * 1000}


# ── long use ─────────────────────────────────────────────────────────────────────────────────────────────


def use(home, rounds):
    """Go through all screens so many times; what grew since the fifth is a leak."""
    import gc

    from tests.robot import Robot, choose_window

    choose_window()
    from kivy.uix.widget import Widget

    from mobile.app import SCREENS, WestUApp

    westu = WestUApp(server="http://127.0.0.1:9", home=Path(home), threads=False)
    robot = Robot(westu)
    found = {}
    for turn in range(1, int(rounds) + 1):
        for name in SCREENS:
            westu.nav.go(name, **({"id": one_of(westu, name)} if name in {"request", "work_item"} else {}))
            for _ in range(6):
                robot.frames()
                finish()
        if turn in {5, int(rounds)}:
            gc.collect()
            found[turn] = (memory()["rss"], sum(issubclass(type(one), Widget) for one in gc.get_objects()))
    (before, widgets_before), (after, widgets_after) = found[5], found[int(rounds)]
    tell(
        grown=after - before,
        widgets=widgets_after,
        new_widgets=widgets_after - widgets_before,
        **memory(),
        **versions(),
    )


def one_of(westu, name):
    """The id of something that this screen can show."""
    kind = "staff_request" if name == "work_item" else "service_request"
    return westu.parts.store.view(kind)[0].id


PROGRAMS = {"empty": empty, "app": app, "fling": fling, "use": use}

if __name__ == "__main__":
    main(*sys.argv[1:])
