"""Start the app: ``python -m mobile.main``, or what the packager starts on a phone."""

if __name__ == "__main__":
    import os

    os.environ.setdefault("KIVY_NO_ARGS", "1")
    os.environ.setdefault("KIVY_NO_FILELOG", "1")
    from mobile.app import main

    main()
