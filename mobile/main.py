"""Start the app: ``python -m mobile.main``, or what the packager starts on a phone. ``--self-test`` tries it instead."""

if __name__ == "__main__":
    import os
    import sys

    os.environ.setdefault("KIVY_NO_ARGS", "1")
    os.environ.setdefault("KIVY_NO_FILELOG", "1")
    if "--self-test" in sys.argv:
        from mobile.selftest import main as test

        sys.exit(test())
    from mobile.app import main

    main()
