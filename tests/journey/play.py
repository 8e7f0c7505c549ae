"""The journey, step by step: a resident in a tunnel, the desk, the crew, and the answer."""

from tests.journey.photos import draw_photos
from tests.journey.stage import Phone

PASSWORD = "four maples by the gate"
WRONG = "It is open again on the far side."


def play(stage):
    """Play it; gives the pictures that were taken."""
    stage.shots.mkdir(parents=True, exist_ok=True)
    broken, mended = draw_photos(stage.folder / "pictures")
    with Phone(stage, "resident", broken) as phone:
        number = report(phone)
    with Phone(stage, "desk", broken) as phone:
        assign(phone, number)
    with Phone(stage, "crew", mended) as phone:
        work(phone, number)
    with Phone(stage, "resident", broken) as phone:
        not_fixed(phone, number)
    with Phone(stage, "crew", mended) as phone:
        work_again(phone, number)
    with Phone(stage, "resident", broken) as phone:
        fixed(phone, number)
        email = make_account(phone, number)
    with Phone(stage, "second", broken) as phone:
        second_phone(phone, email, number)
    return stage.taken


def report(phone):
    """With no signal: photo, place, topic, words, send; then out of the tunnel. Gives the request's number."""
    robot = phone.robot
    phone.air.open = False
    phone.parts.sync_now()
    phone.until(lambda: phone.parts.sync.state.online is False)
    phone.shot("home")
    phone.tap("requests.report")
    phone.tap("report.photo.take")
    phone.until(lambda: robot.all(cls="PhotoTile"))
    phone.shot("photo")
    phone.tap("report.go_on")
    phone.until(lambda: robot.all(cls="CityMap"))
    rest(phone)
    phone.shot("place")
    outside(phone)
    by_address(phone)
    phone.tap("report.go_on")
    referred(phone)
    robot.type("hole in road", cls="WritingLine")
    phone.until(lambda: phone.reads("Pothole or damaged street"))
    phone.shot("topic")
    phone.tap(text="Pothole or damaged street")
    robot.type("Deep, with water in it. A bicycle fell here.", cls="WritingLine")
    phone.shot("words")
    phone.tap("report.go_on")
    phone.shot("review")
    phone.tap("report.review.send")
    phone.until(lambda: phone.parts.store.waits() == 1)
    phone.shot("waiting")
    phone.air.open = True
    phone.parts.sync_now()
    phone.until(lambda: numbers(phone))
    phone.until(lambda: not phone.reads("No connection"))
    phone.shot("received")
    return numbers(phone)[0]


def outside(phone):
    """Move the map beyond the limits and tap there: the screen says whose place it is, and goes no further."""
    ground = phone.robot.find(cls="CityMap")
    x, y = phone.robot.center(ground)
    for _ in range(2):
        ground.zoom_out()
        rest(phone)
    pack = phone.parts.pack
    while (whose := pack.whose(ground.lat, ground.lon)) is not None and whose.ours:
        phone.robot.swipe(x, y - ground.height * 0.2, x, y + ground.height * 0.2)
        phone.robot.settle()
    phone.robot.tap_at(x, y)
    phone.until(lambda: phone.reads("outside the limits"))
    rest(phone)
    phone.shot("outside")


def by_address(phone):
    """Set the pin by an address, as one types it in a hurry."""
    phone.robot.type("3800 univ blvd", cls="WritingLine")
    phone.until(lambda: phone.robot.all(cls="Row"))
    phone.robot.tap(cls="Row")
    phone.until(lambda: not phone.robot.all(cls="Row") and phone.reads("3800 University"))
    rest(phone)
    phone.shot("address")


def referred(phone):
    """A topic that the city does not see to: why, and whom to call. Then back."""
    phone.robot.type("street light", cls="WritingLine")
    phone.tap(text="Street light out")
    phone.until(lambda: phone.reads("CenterPoint"))
    phone.shot("referred")
    phone.tap("report.type.something_else")
    phone.tap("kit.clear")


def numbers(phone):
    """The numbers that the city gave to what was reported here."""
    seen = phone.parts.store.view("service_request")
    return [s.value["number"] for s in seen if s.value["number"] and not s.waits]


def rest(phone):
    """Let the map finish drawing."""
    from mobile.widgets.citymap import CityMap

    maps = [w for w in phone.robot.all(cls="CityMap") if isinstance(w, CityMap)]
    phone.robot.settle()
    phone.until(lambda: all(each.quiet for each in maps))


def item(phone, number):
    """The screen of one request, from the work list."""
    phone.tap("tabs.work")
    phone.until(lambda: work_ids(phone, number))
    phone.robot.type(number, cls="WritingLine")
    phone.until(
        lambda: [row.key for row in phone.robot.all(cls="Row")][:1] == [str(work_ids(phone, number)[0])]
    )
    phone.robot.settle()
    phone.robot.tap(cls="Row")
    phone.until(lambda: phone.parts.nav.current == "work_item" and phone.reads(number))
    phone.robot.settle()


def work_ids(phone, number):
    """The id of the request with this number, once it is on the phone."""
    return [seen.id for seen in phone.parts.store.view("staff_request") if seen.value["number"] == number]


def assign(phone, number):
    """The desk finds it in the list and on the map, and gives it to the crew."""
    phone.sign_in("carol@example.org")
    phone.tap("tabs.work")
    phone.until(lambda: work_ids(phone, number))
    phone.shot("work-list")
    phone.tap("tabs.work_map")
    rest(phone)
    phone.shot("work-map")
    item(phone, number)
    phone.shot("work-item")
    phone.tap(id="next")
    phone.tap(text="Dan Crew")
    phone.shot("assign")
    phone.tap("work_item.assign.save")
    phone.until(lambda: phone.parts.store.waits() == 0)
    phone.shot("assigned")


def work(phone, number):
    """The crew begins, writes to the resident, and closes it with a reason and a photo of the mended street."""
    phone.sign_in("dan@example.org")
    item(phone, number)
    phone.tap(id="next")
    note(phone, "The hot mix comes at noon. Please leave the lane free.")
    close(phone, "Filled, rolled and swept.")


def note(phone, words):
    """A note that the resident reads as well."""
    phone.tap("work_item.other")
    phone.tap("work_item.step.note.title")
    phone.tap("work_item.note.public")
    phone.robot.tap(phone.robot.all(cls="WritingLine")[-1])
    phone.robot.type(words)
    phone.shot("note")
    phone.tap("work_item.note.save")
    phone.until(lambda: phone.parts.store.waits() == 0)


def close(phone, words, again=""):
    """Close it as fixed, with words and a photo."""
    phone.tap(id="next")
    phone.tap("close_reason.fixed")
    phone.shot(f"close-why{again}")
    phone.reach("work_item.close.words_help")
    phone.robot.tap(phone.robot.all(cls="WritingLine")[-1])
    phone.robot.type(words)
    phone.reach("kit.add_photo")
    before = len(phone.robot.all(cls="PhotoTile"))
    phone.tap("kit.add_photo")
    phone.until(lambda: len(phone.robot.all(cls="PhotoTile")) > before)
    phone.reach("work_item.close.save")
    phone.shot(f"close{again}")
    phone.tap("work_item.close.save")
    phone.until(lambda: phone.parts.store.waits() == 0)
    phone.shot(f"closed{again}")


def work_again(phone, number):
    """The crew sees that it is open again and why, and closes it once more."""
    phone.parts.sync_now()
    phone.until(
        lambda: (seen := work_ids(phone, number)) and status(phone, "staff_request", seen[0]) != "closed"
    )
    item(phone, number)
    phone.reach(text=WRONG)
    phone.shot("reopened")
    phone.tap(id="next")
    close(phone, "Dug out, filled anew and sealed.", again="-again")


def status(phone, kind, id):
    """How far this request has come, as this phone knows."""
    return phone.parts.store.one(kind, id).value["status"]


def hear(phone, number, count):
    """The resident hears of it, and opens the newest of so many notices."""
    phone.parts.sync_now()
    phone.until(lambda: len(phone.parts.store.view("notification")) >= count)
    phone.tap("tabs.inbox")
    phone.shot("inbox")
    phone.robot.tap(phone.robot.all(cls="Row")[0])
    phone.until(lambda: phone.reads(number))
    rest(phone)


def not_fixed(phone, number):
    """The resident looks at the proof, and says what is still wrong."""
    hear(phone, number, 4)
    phone.shot("request")
    phone.tap("kit.not_fixed")
    phone.robot.tap(phone.robot.all(cls="WritingLine")[-1])
    phone.robot.type(WRONG)
    phone.shot("not-fixed")
    phone.reach("request.send_not_fixed")
    phone.tap("request.send_not_fixed")
    phone.until(lambda: phone.parts.store.waits() == 0)
    phone.shot("open-again")


def fixed(phone, number):
    """The resident looks once more, and says that it is fixed."""
    hear(phone, number, 6)
    phone.shot("request-again")
    phone.dark(phone.stage.look != "dark")
    phone.shot("request-other-look")
    phone.dark(phone.stage.look == "dark")
    phone.tap("kit.fixed")
    phone.until(lambda: phone.parts.store.waits() == 0)
    phone.shot("fixed")
    phone.tap("tabs.requests")
    phone.shot("home-again")


def make_account(phone, number):
    """The resident makes an account, and what was reported comes along. Gives its e-mail address."""
    email = f"pat.{number.lower()}@example.org"
    phone.stage.passwords[email] = PASSWORD
    phone.tap("tabs.more")
    phone.tap("you.sign_up")
    for place, words in enumerate(("Pat Resident", email, PASSWORD)):
        phone.robot.tap(phone.robot.all(cls="WritingLine")[place])
        phone.robot.type(words)
    phone.shot("sign-up")
    phone.robot.key(13)
    phone.until(lambda: phone.parts.session.account is not None and phone.parts.me is not None)
    phone.until(lambda: number in numbers(phone) and phone.parts.nav.current != "sign_up")
    phone.until(lambda: phone.parts.session.claiming is None and phone.reads(email))
    phone.shot("account")
    return email


def second_phone(phone, email, number):
    """Another phone of the same person shows the same request."""
    phone.sign_in(email)
    phone.tap("tabs.requests")
    phone.until(lambda: numbers(phone) == [number])
    phone.until(lambda: phone.robot.all(cls="Row"))
    phone.robot.tap(cls="Row")
    phone.until(lambda: phone.reads(number))
    rest(phone)
    phone.shot("second-phone")
