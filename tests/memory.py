"""What the process of the tests holds for good."""

import gc
import sys


def settle():
    """What was loaded so far stays: looking through it again and again costs tests with screens a third of their CPU.

    What a screen leaves behind is collected less often than in the app, where there is only one of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(700, 10, 60)


def let_go_quietly():
    """What is collected at the bottom of a nesting bomb finds no stack left for its own end: that is no fault of a test's."""
    heard = sys.unraisablehook

    def hear(unraisable):
        if unraisable.exc_type is not RecursionError:
            heard(unraisable)

    sys.unraisablehook = hear
