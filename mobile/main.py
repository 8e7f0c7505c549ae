"""Start the app: ``python -m mobile.main``, or what the packager starts on a phone. ``--self-test`` tries it instead."""

import os
import sys

# Before anything imports the toolkit. Pictures are read by SDL alone: Pillow, which Kivy would import beside it, takes
# a tenth of the start. Our shapes have smooth edges of their own: drawing each pixel twice would show nothing.
for _name, _value in {
    "KIVY_NO_ARGS": "1",
    "KIVY_NO_FILELOG": "1",
    "KIVY_IMAGE": "sdl2",
    "KCFG_GRAPHICS_MULTISAMPLES": "0",
}.items():
    os.environ.setdefault(_name, _value)

if __name__ == "__main__":
    if "--self-test" in sys.argv:
        from mobile.selftest import main as test

        sys.exit(test())
    from mobile.app import main

    main()
