"""Identity on the phone: the account, signing in and up, the choices."""

SCREENS = {
    "more": "mobile.identity.more:MoreScreen",
    "sign_in": "mobile.identity.sign_in:SignInScreen",
    "sign_up": "mobile.identity.sign_up:SignUpScreen",
    "claim": "mobile.identity.claim:ClaimScreen",
}
DETAILS: dict[str, str] = {}
