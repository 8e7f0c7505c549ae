"""What python-for-android has no option for: what the manifest says of our Java, and the project of Firebase that it is of.

python-for-android loads this file by its path and calls the function below before Gradle runs, when the manifest and
the resources are written. Run again on the same folder it changes nothing.

``SERVER`` is the server that the app speaks to: addresses of labels on its host open the app.
``GOOGLE_SERVICES`` names the project's ``google-services.json``; without one the app is built without push.
"""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

ANDROID = "http://schemas.android.com/apk/res/android"
SERVICE = "org.city.push.CityMessagingService"
SCANNER = "org.city.scan.ScanActivity"
APP = "org.kivy.android.PythonActivity"
VIEW = "android.intent.action.VIEW"
LABELS = "/t/"
"""How the path of a label's address begins; its tag follows."""
META = {
    "com.google.firebase.messaging.default_notification_icon": ("resource", "@drawable/ic_notification"),
    "com.google.firebase.messaging.default_notification_color": ("resource", "@color/push"),
    "com.google.firebase.messaging.default_notification_channel_id": ("value", "status"),
    "firebase_analytics_collection_deactivated": ("value", "true"),
}
"""Of the application: what shows a message that Firebase shows by itself; and nobody's steps are counted."""


def before_apk_assemble(toolchain: Any) -> None:
    """Called by python-for-android, on the folder that Gradle is about to build."""
    main = Path(toolchain._dist.dist_dir) / "src/main"  # noqa: SLF001 - the hook is given nothing else
    add_ours(main / "AndroidManifest.xml")
    server = urlsplit(os.environ.get("SERVER", ""))
    if server.scheme == "https" and server.hostname:
        add_links(main / "AndroidManifest.xml", server.hostname)
    else:
        print("SERVER names no https host: labels open the browser, not the app.")  # noqa: T201 - p4a's own output
    told = os.environ.get("GOOGLE_SERVICES", "")
    if told:
        write_project(
            json.loads(Path(told).read_text("utf-8")), package_of(main), main / "res/values/firebase.xml"
        )
    else:
        print("GOOGLE_SERVICES is not set: the app is built without push.")  # noqa: T201 - p4a's own output


def add_ours(manifest: Path) -> None:
    """Put the service, the scanner and what Firebase reads of the application into the manifest, unless it is there."""
    ET.register_namespace("android", ANDROID)
    tree = ET.parse(manifest)  # noqa: S314 - python-for-android has just written it
    application = tree.getroot().find("application")
    if application is None:
        raise SystemExit(f"{manifest} has no <application>")
    there = {child.get(_name("name")) for child in application}
    if SERVICE not in there:
        service = ET.SubElement(application, "service", {_name("name"): SERVICE, _name("exported"): "false"})
        heard = ET.SubElement(service, "intent-filter")
        ET.SubElement(heard, "action", {_name("name"): "com.google.firebase.MESSAGING_EVENT"})
    if SCANNER not in there:
        look = "@android:style/Theme.DeviceDefault.NoActionBar.Fullscreen"
        said = {"name": SCANNER, "exported": "false", "theme": look}
        ET.SubElement(application, "activity", {_name(short): value for short, value in said.items()})
    for name, (kind, value) in META.items():
        if name not in there:
            ET.SubElement(application, "meta-data", {_name("name"): name, _name(kind): value})
    ET.indent(tree, "    ")
    tree.write(manifest, encoding="utf-8", xml_declaration=True)


def add_links(manifest: Path, host: str) -> None:
    """Have the addresses on this host's labels open the app, unless they do.

    Android asks the host's ``/.well-known/assetlinks.json`` whether that is so; where it does not say, the person
    allows it in Android's settings.
    """
    ET.register_namespace("android", ANDROID)
    tree = ET.parse(manifest)  # noqa: S314 - python-for-android has just written it
    app = tree.find(f"application/activity[@{_name('name')}='{APP}']")
    if app is None:
        raise SystemExit(f"{manifest} has no {APP}")
    if any(action.get(_name("name")) == VIEW for action in app.iterfind("intent-filter/action")):
        return
    opened = ET.SubElement(app, "intent-filter", {_name("autoVerify"): "true"})
    ET.SubElement(opened, "action", {_name("name"): VIEW})
    for category in ("DEFAULT", "BROWSABLE"):
        ET.SubElement(opened, "category", {_name("name"): f"android.intent.category.{category}"})
    where = {"scheme": "https", "host": host, "pathPrefix": LABELS}
    ET.SubElement(opened, "data", {_name(short): value for short, value in where.items()})
    ET.indent(tree, "    ")
    tree.write(manifest, encoding="utf-8", xml_declaration=True)


def package_of(main: Path) -> str:
    """The app's package: Gradle has it as the namespace, the manifest of older ones as an attribute."""
    root = ET.parse(main / "AndroidManifest.xml").getroot()  # noqa: S314 - as above
    gradle = main.parent.parent / "build.gradle"
    words = gradle.read_text("utf-8").split() if gradle.exists() else []
    named = words[words.index("namespace") + 1].strip("'\"") if "namespace" in words else ""
    return root.get("package") or named


def write_project(services: dict[str, Any], package: str, file: Path) -> None:
    """Write the values that Google's Gradle plugin would make of ``google-services.json``. None of them is a secret."""
    clients = {
        client["client_info"]["android_client_info"]["package_name"]: client for client in services["client"]
    }
    if package not in clients:
        raise SystemExit(f"GOOGLE_SERVICES is of {', '.join(clients)}, not of {package}.")
    client, project = clients[package], services["project_info"]
    values = {
        "google_app_id": client["client_info"]["mobilesdk_app_id"],
        "gcm_defaultSenderId": project["project_number"],
        "project_id": project["project_id"],
        "google_api_key": client["api_key"][0]["current_key"],
    }
    root = ET.Element("resources")
    for name, value in values.items():
        ET.SubElement(root, "string", {"name": name, "translatable": "false"}).text = value
    ET.indent(root, "    ")
    file.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def _name(short: str) -> str:
    return f"{{{ANDROID}}}{short}"
