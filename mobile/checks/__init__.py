"""Checks on the phone: what is due, the check of a unit with no signal, and which unit can roll."""

SCREENS = {
    "due": "mobile.checks.due:DueScreen",
    "board": "mobile.checks.board:BoardScreen",
    "unit": "mobile.checks.unit:UnitScreen",
    "wall": "mobile.checks.wall:WallScreen",
    "checks": "mobile.checks.checks:ChecksScreen",
    "check": "mobile.checks.check:CheckScreen",
    "templates": "mobile.checks.templates:TemplatesScreen",
    "template": "mobile.checks.template:TemplateScreen",
    "check_run": "mobile.checks.check_run:CheckRunScreen",
}
DETAILS = {"unit": "board", "check": "checks", "template": "templates"}
