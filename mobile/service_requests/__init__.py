"""Service requests on the phone: reporting, following, and working them."""

SCREENS = {
    "requests": "mobile.service_requests.list:RequestListScreen",
    "request": "mobile.service_requests.detail:RequestScreen",
    "report": "mobile.service_requests.report:ReportScreen",
    "work": "mobile.service_requests.work:WorkListScreen",
    "work_map": "mobile.service_requests.work_map:WorkMapScreen",
    "work_item": "mobile.service_requests.work_item:WorkItemScreen",
}
DETAILS = {"request": "requests", "work_item": "work"}
