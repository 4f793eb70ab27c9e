"""Who asks and what they may: accounts, sign-in, roles, scope (after the store, before every service)."""
