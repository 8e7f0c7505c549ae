"""Content on the phone: what the city says to everybody, and for who speaks for the city, saying it."""

SCREENS = {"alert": "mobile.content.alert:AlertScreen"}
DETAILS = {"alert": "inbox"}
