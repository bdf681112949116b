"""What each setting means, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS: Mapping[str, str] = {
    "dials_url": "Address of DIALS.",
    "oms_url": "Address of OMS for the direct route.",
    "oms_route": "How OMS is reached: proxy (through DIALS), direct or off.",
    "oms_login": "Login for direct OMS: application, device, kerberos, or auto, the first that there is.",
    "auth_url": "Address of CERN's Keycloak.",
    "certhelper_url": "Address of CertHelper's list of reference runs.",
    "rr_url": "Address of the Run Registry, for its client (the extra rr).",
    "dials_token": "A bearer token for DIALS, also used for OMS through DIALS.",
    "client_id": "An application's id, for automation; also API_CLIENT_ID.",
    "client_secret": "An application's secret; also API_CLIENT_SECRET.",
    "oms_client_file": "A clientid.json with an application that may read OMS directly.",
    "workspace": "DIALS workspace; without it, that of the login.",
    "dataset": "Any part of the name of the dataset to prefer.",
    "ca_bundle": "Certificates to trust, also REQUESTS_CA_BUNDLE and SSL_CERT_FILE.",
    "insecure": "Check no certificates: whoever sits on the line can read your login.",
    "cache_dir": "Where answers of the services are kept.",
    "cache_size_mb": "The most MB that the cache may take; 0 switches it off.",
    "state_dir": "Where notes, logins and the log are kept.",
    "author": "Who stands under notes, where several people share an account.",
    "theme": "Colours of the program.",
    "mouse": "on, or off: then the terminal selects text by itself.",
    "keymap": "A file with your own keys.",
    "screenshot_dir": "Where screenshots go.",
    "charset": "Characters: auto, utf8 or ascii.",
    "wire": "on tells the terminal only what has changed; off leaves it to Textual.",
    "rate_path": "HLT path or primary dataset whose rate normalises.",
    "log_level": "How much the log says: debug, info, warning or error.",
    "demo_oms_data": "Recorded OMS lumisections for the demo.",
    "demo_oms_rates": "Recorded OMS trigger rates for the demo.",
}
"""The settings by name; one that is missing here stands in the manual page by its name alone."""

FILES: Mapping[str, str] = {
    "~/.config/dqmtui/config.toml": "Settings, one key = value on a line; another file by --config or "
    "DQMTUI_CONFIG.",
    "~/.config/dqmtui/themes/NAME.toml": "Your own colours.",
    "~/.config/dqmtui/layouts/NAME.toml": "Your own sets of monitoring elements.",
    "~/.config/dqmtui/keymap.toml": "Your own keys; dqmtui keys list --toml prints one to start from.",
    "~/.cache/dqmtui": "What the services said: JSON, and parquet files as cmsdials' frames.",
    "~/.local/state/dqmtui": "Logins (for you alone), the journal of notes, and the log.",
}
"""Files on a usual Linux machine, and what is in them."""
