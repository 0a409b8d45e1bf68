"""The door: invitations, enrolment, passkeys, PINs, sessions, API tokens, and what each role may open."""
