"""Proxy: the URL of the HTTP proxy through which the bot reaches Discord, if it needs one.

It is `[discord] proxy`, or what the variables HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (or
the system's settings) say about `[discord] api_url`. The same proxy serves the REST API, the
gateway and the files of messages.
"""

import ipaddress
import re
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from .config import ConfigError
from .config_sections import PROXY_URL, DiscordSettings


def find_proxy(settings: DiscordSettings) -> str | None:
    """Return the proxy's URL, with its user and password, or None.

    Raises `ConfigError` if a variable names one that can't be used.
    """
    if settings.proxy:
        return settings.proxy
    api = urlsplit(settings.api_url)
    host = api.hostname or ""
    if _is_this_machine(host) or proxy_bypass(host):
        return None
    proxies = getproxies()
    found = proxies.get(api.scheme) or proxies.get("all")
    if not found:
        return None
    url = found if "://" in found else f"http://{found}"
    if not re.fullmatch(PROXY_URL, url):
        raise ConfigError(
            f"environment: {api.scheme.upper()}_PROXY: the bot needs an HTTP proxy, such as "
            f"http://HOST:PORT. Set [discord] proxy, or NO_PROXY={host}."
        )
    return url


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
