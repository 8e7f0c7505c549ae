"""Notifications on the phone: the inbox, and how a person wants to be told."""

SCREENS = {
    "inbox": "mobile.notifications.inbox:InboxScreen",
    "notify": "mobile.notifications.settings:NotifyScreen",
    "home_place": "mobile.notifications.home_place:HomePlaceScreen",
}
DETAILS = {"notify": "more", "home_place": "more"}
