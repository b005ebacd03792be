"""The door: with `RAG_PASSWORD` set, nothing is shown before it is given; without, only this machine gets in.

Knows the setting and the address the app listens on; opens no library.
"""

from __future__ import annotations

import hmac
import ipaddress
import threading
import time

import streamlit as st

from rag.settings import Settings
from rag.ui import components, state, tickets

PAUSE = 0.5  # seconds after a wrong password, doubled with each one in a row
LONGEST_PAUSE = 8.0

_trying = threading.Lock()  # one attempt at a time, whoever makes it: guessing must not go in parallel


def admitted() -> bool:
    """Tell whether this session may go on; draw what it must do first where it may not."""
    password = Settings.read().password
    if not password and not is_loopback(str(st.get_option("server.address") or "")):
        st.error(
            "This app listens beyond this machine and has no password, so it shows nothing. Set "
            "RAG_PASSWORD, or let it listen on 127.0.0.1 only, and start it again.",
            icon=":material/lock:",
        )
        return False
    if not password or state.let_in() or tickets.known(st.context.cookies.get(tickets.COOKIE, "")):
        if ticket := state.take_ticket():
            components.hand_in(ticket)
        return True
    _door(password)
    return False


def is_loopback(address: str) -> bool:
    """Tell whether an address is reached from this machine alone; an empty one is every address."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _door(password: str) -> None:
    st.set_page_config(layout="centered")
    st.title("Docent", anchor=False)
    with st.form("door"):
        given = st.text_input(
            "Password", type="password", key="door_password", autocomplete="current-password"
        )
        if st.form_submit_button("Come in", type="primary"):
            if _right(given, password):
                state.admit(tickets.issue())
                st.rerun()
            st.error("This is not the password.", icon=":material/lock:")


def _right(given: str, password: str) -> bool:
    """Compare in constant time; a wrong one waits, the longer the more there were."""
    with _trying:
        if hmac.compare_digest(given.encode(), password.encode()):
            _failures().clear()
            return True
        failures = _failures()
        failures.append(time.time())
        time.sleep(min(PAUSE * 2 ** (len(failures) - 1), LONGEST_PAUSE))
        return False


@st.cache_resource(show_spinner=False)
def _failures() -> list[float]:
    return []
