"""The web app: `streamlit run app.py`, or `python -m rag app`. Knows the pages, not what they do."""

from __future__ import annotations

import streamlit as st

from rag.ui import components, navigation, parts

st.set_page_config(
    page_title="Docent",
    page_icon=components.WEB / "icon.png",
    menu_items={"Get help": None, "Report a bug": None, "About": None},
)
st.logo(components.WEB / "logo.svg", icon_image=components.WEB / "icon.png", size="large")
parts.style()
# One flat list: Streamlit puts a group's entries where screen readers find no list.
pages = [page for group in navigation.menu().values() for page in group]
page = st.navigation(pages, expanded=True)
parts.opened(page)
