"""Devices on the phone: looking things up, changing hands with a signature, faults, counts, and what somebody found."""

SCREENS = {
    "things": "mobile.assets.things:ThingsScreen",
    "thing": "mobile.assets.thing:ThingScreen",
    "custody": "mobile.assets.custody:CustodyScreen",
    "hand": "mobile.assets.hand:HandScreen",
    "swap": "mobile.assets.swap:SwapScreen",
    "faults": "mobile.assets.faults:FaultsScreen",
    "fault": "mobile.assets.fault:FaultScreen",
    "fault_new": "mobile.assets.fault_new:NewFaultScreen",
    "inbox_things": "mobile.assets.inbox:SightingsScreen",
    "stocktakes": "mobile.assets.stocktakes:StocktakesScreen",
    "stocktake": "mobile.assets.stocktake:StocktakeScreen",
    "reserve": "mobile.assets.reserve:ReserveScreen",
    "reservations": "mobile.assets.reservations:ReservationsScreen",
    "attest": "mobile.assets.attest:AttestScreen",
    "find": "mobile.assets.find:FindScreen",
}
DETAILS = {"thing": "things", "fault": "faults"}
