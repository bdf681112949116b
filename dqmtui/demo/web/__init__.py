"""The embedded services over HTTP: DIALS, Keycloak, OMS and the lists of references."""
