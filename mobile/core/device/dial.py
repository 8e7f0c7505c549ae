"""Telephone numbers and pages: handed to whatever the device has for them."""

import sys
import webbrowser


def dial(number: str) -> None:
    """Open the telephone with this number typed in; the person presses the button. "9-1-1" is a number too."""
    wanted = "tel:" + "".join(sign for sign in number if sign.isdigit() or sign == "+")
    if hasattr(sys, "getandroidapilevel"):
        _android("android.intent.action.DIAL", wanted)
    else:
        webbrowser.open(wanted)


def open_page(address: str) -> None:
    """Open a page of the web outside the app."""
    if hasattr(sys, "getandroidapilevel"):
        _android("android.intent.action.VIEW", address)
    else:
        webbrowser.open(address)


def _android(action: str, address: str) -> None:
    from jnius import autoclass

    intent = autoclass("android.content.Intent")(action, autoclass("android.net.Uri").parse(address))
    autoclass("org.kivy.android.PythonActivity").mActivity.startActivity(intent)
