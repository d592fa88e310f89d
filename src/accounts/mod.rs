//! Users, roles, login, sessions, invitations.
