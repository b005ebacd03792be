"""The web app: `streamlit run app.py`, or `python -m rag app`. Knows the pages, not what they do.

The server imports this file for what it serves besides the pages; for each page it runs it as a script.
"""

from __future__ import annotations

import streamlit as st
from streamlit.starlette import App

if __name__ != "__main__":
    from rag.ui import tickets

    app = App(__file__, routes=tickets.routes())
else:
    from rag.ui import components, navigation

    st.set_page_config(
        page_title="Docent",
        page_icon=components.WEB / "icon.png",
        menu_items={"Get help": None, "Report a bug": None, "About": None},
    )
    st.logo(components.WEB / "logo.svg", icon_image=components.WEB / "icon.png", size="large")
    st.html(components.WEB / "app.css")
    page = st.navigation(navigation.menu(), expanded=True)
    # The first page of a process waits for what the models need
    with st.spinner("Opening your library"):
        from rag.ui import parts
    parts.opened(page)
