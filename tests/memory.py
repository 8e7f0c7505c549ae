"""What the process of the tests holds for good."""

import gc


def settle():
    """What was loaded so far stays: looking through it again and again costs tests with screens a third of their CPU.

    What a screen leaves behind is collected less often than in the app, where there is only one of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(700, 10, 60)
