"""Notifications on the phone: the inbox."""

SCREENS = {"inbox": "mobile.notifications.inbox:InboxScreen"}
DETAILS: dict[str, str] = {}
