"""Machinery that knows no domain: the gate, the ledger, feeds, photos, the database."""
