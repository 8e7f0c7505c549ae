"""Content on the phone: what the city says to everybody, and for who speaks for the city, saying it."""

SCREENS = {
    "alert": "mobile.content.alert:AlertScreen",
    "alerts": "mobile.content.work:AlertsScreen",
    "alert_work": "mobile.content.item:AlertItemScreen",
    "alert_edit": "mobile.content.edit:AlertEditScreen",
    "alert_progress": "mobile.content.progress:ProgressScreen",
}
DETAILS = {"alert": "inbox", "alert_work": "alerts", "alert_edit": "alerts", "alert_progress": "alerts"}
