"""Identity on the phone: the account, signing in and up, the choices, what waits."""

SCREENS = {
    "more": "mobile.identity.more:MoreScreen",
    "sign_in": "mobile.identity.sign_in:SignInScreen",
    "sign_up": "mobile.identity.sign_up:SignUpScreen",
    "password": "mobile.identity.password:PasswordScreen",
    "sessions": "mobile.identity.sessions:SessionsScreen",
    "claim": "mobile.identity.claim:ClaimScreen",
    "move": "mobile.identity.move:MoveScreen",
    "waiting": "mobile.identity.waiting:WaitingScreen",
}
DETAILS = dict.fromkeys(("password", "sessions", "claim", "move", "waiting"), "more")
