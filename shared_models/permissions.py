"""What a person may be allowed to do. Roles bundle these; routes ask for them by name."""

from shared_models.wire import WireEnum


class Permission(WireEnum):
    """The right to do one thing. The server asks, the phone hides what can't work."""

    # Everybody with a token, also a phone without a name.
    SELF_READ = "self:read"
    SELF_CHANGE = "self:change"
    SYNC_PULL = "sync:pull"
    PHOTO_SEND = "photo:send"
    PHOTO_READ = "photo:read"
    REQUEST_OPEN = "request:open"
    REQUEST_READ = "request:read"
    REQUEST_ANSWER = "request:answer"
    NOTIFICATION_READ = "notification:read"
    ASSET_FIND = "asset:find"
    # A person with a name.
    PHONE_CLAIM = "phone:claim"
    # Who works requests: all of them, or those of a department, as the grant says.
    REQUEST_WORK = "request:work"
    PERSON_LIST = "person:list"
    # Who works with the city's things: all of them, or those of a department, as the grant says.
    ASSET_READ = "asset:read"
    CUSTODY_TAKE = "custody:take"
    FAULT_REPORT = "fault:report"
    CHECK_READ = "check:read"
    CHECK_DO = "check:do"
    # Who works with the city's maps: those for staff, and of a department, as the grant says.
    MAP_READ = "map:read"
    MAP_EDIT = "map:edit"
    REPORT_MAKE = "report:make"
    # Who answers for a shift's or a department's things.
    CUSTODY_GIVE = "custody:give"
    STOCKTAKE_DO = "stocktake:do"
    REPAIR_APPROVE = "repair:approve"
    # Who keeps the register and mends what is broken.
    ASSET_WRITE = "asset:write"
    FAULT_WORK = "fault:work"
    CHECK_WRITE = "check:write"
    MAP_MANAGE = "map:manage"
    # Who speaks for the city.
    ALERT_WRITE = "alert:write"
    ALERT_PUBLISH = "alert:publish"
    # Who runs the house.
    CHANNEL_READ = "channel:read"
    PERSON_INVITE = "person:invite"
    PERSON_DISABLE = "person:disable"
    GRANT_GIVE = "grant:give"
    AUDIT_READ = "audit:read"
    WEBHOOK_MANAGE = "webhook:manage"
    NEWER = "newer"
