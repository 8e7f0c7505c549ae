"""What a phone that was off is handed when it comes back: FCM's rules of keeping and collapsing."""

from firebase_admin import messaging

from backend.notifications.fakefcm.devices import Device, delivery


def send(firebase, fid, **parts):
    return messaging.send(messaging.Message(fid=fid, **(parts or {"data": {"k": "v"}})), app=firebase)


def test_a_phone_that_was_off_gets_the_last_of_each_collapse_key(server, firebase, phone):
    device = server.fake.devices[phone]
    device.online = False
    for n, key in enumerate(["r", "s", "r"]):
        send(firebase, phone, data={"n": str(n)}, android=messaging.AndroidConfig(collapse_key=key))
    assert list(device.inbox) == []
    device.come_online()
    assert [got.data["n"] for got in device.inbox] == ["1", "2"]


def test_fcm_keeps_four_collapse_keys(server, firebase, phone):
    device = server.fake.devices[phone]
    device.online = False
    for n in range(6):
        send(firebase, phone, data={"n": str(n)}, android=messaging.AndroidConfig(collapse_key=str(n)))
    device.come_online()
    assert [got.data["n"] for got in device.inbox] == ["2", "3", "4", "5"]


def test_notification_messages_always_collapse(server, firebase, phone):
    device = server.fake.devices[phone]
    device.online = False
    for title in ("alert", "reminder"):
        shown = messaging.Notification(title, title)
        send(firebase, phone, notification=shown, android=messaging.AndroidConfig(collapse_key=title))
    send(firebase, phone, data={"n": "data stays"})
    device.come_online()
    assert [got.notification.get("title") for got in device.inbox] == ["reminder", None]


def test_what_expired_meanwhile_is_not_handed_over(server, firebase, phone):
    device = server.fake.devices[phone]
    device.online = False
    for ttl in (0, 60, 7200):
        send(firebase, phone, data={"ttl": str(ttl)}, android=messaging.AndroidConfig(ttl=ttl))
    device.come_online(now=device.stored[0].at + 3600)
    assert [got.data["ttl"] for got in device.inbox] == ["7200"]


def test_more_than_a_hundred_waiting_are_all_dropped():
    device = Device()
    device.online = False
    for n in range(101):
        device.push(delivery(str(n), {"data": {"k": "v"}}))
    device.come_online()
    assert (device.dropped, list(device.inbox)) == (101, [])
