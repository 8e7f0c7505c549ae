"""The wire: every value that crosses between the phone and the server, and the rules both sides need."""
